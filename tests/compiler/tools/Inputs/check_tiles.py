"""usage: check_tiles.py RESULT.json TILE...     the tuner's result has these tiles, packed and not, and all are correct"""
import json
import sys

result = json.load(open(sys.argv[1]))
tiles = {(f"{tile['rows']}x{tile['columns']}", tile["packed"]) for tile in result["tiles"]}
missing = [name for name in sys.argv[2:] for packed in (True, False) if (name, packed) not in tiles]
wrong = [tile["schedule"] for tile in result["tiles"] if not tile["correct"]]
if missing or wrong:
    sys.exit(f"missing: {missing}, wrong: {wrong}")

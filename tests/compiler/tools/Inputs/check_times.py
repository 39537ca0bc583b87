"""usage: check_times.py RESULT.json TABLE     the table's times are those of the result, to the nanosecond and to four digits, however short they are"""
import json
import re
import sys

tiles = json.load(open(sys.argv[1]))["tiles"]
rows = [line for line in open(sys.argv[2]) if re.match(r" *\d+x\d+ ", line)]
assert len(rows) == len(tiles), (len(rows), len(tiles))
for row, tile in zip(rows, tiles):
    shown = float(re.findall(r"[\d.]+", row.rstrip().removesuffix("WRONG"))[-3])
    assert abs(shown - tile["us"]) < min(1e-3, 1e-3 * tile["us"]), (row, tile)

"""usage: long_model.py FILE.onnx     a model of 500 operators: a chain with branches, which fusion cannot make one kernel of"""
import sys

import onnx
from onnx import TensorProto, helper

nodes, last = [], "x"
while len(nodes) < 500:
    at = len(nodes)
    if at % 10 == 9:
        nodes.append(helper.make_node("Add", [last, nodes[at - 6].output[0]], [f"v{at}"], name=f"join_{at}"))
    else:
        nodes.append(helper.make_node(["Softmax", "Sin", "Neg"][at % 3], [last], [f"v{at}"], name=f"node_{at}"))
    last = f"v{at}"
info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4, 8]) for name in ("x", last)]
graph = helper.make_graph(nodes, "long", info[:1], info[1:])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[1])

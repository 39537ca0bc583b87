//===- NodeOrder.cpp - nodes behind those that they read from -------------===//

#include "compiler/import/NodeOrder.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include <functional>

using namespace llvm;

namespace tessera::import {

namespace {
using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

/// Finds an order in which nodes stand behind those that they read from.
class NodeSorter {
public:
  explicit NodeSorter(const Nodes &nodes);

  /// The positions of the nodes in that order; empty when there is none.
  SmallVector<int> run();

private:
  enum class State { waiting, open, placed };

  void addSources(const onnx::NodeProto &node, SmallVector<int> &sources);
  /// Places what `first` reads from, and `first` itself behind.
  bool place(int first);

  const Nodes &nodes;
  StringMap<int> producers;
  SmallVector<State> states;
  SmallVector<int> order;
};
} // namespace

NodeSorter::NodeSorter(const Nodes &nodes)
    : nodes(nodes), states(nodes.size(), State::waiting) {
  for (int i = 0; i < nodes.size(); ++i) {
    for (const std::string &output : nodes[i].output()) {
      producers.try_emplace(output, i);
    }
  }
}

/// What the node and the graphs in it read.
void NodeSorter::addSources(const onnx::NodeProto &node,
                            SmallVector<int> &sources) {
  for (const std::string &input : node.input()) {
    auto producer = producers.find(input);
    if (!input.empty() && producer != producers.end()) {
      sources.push_back(producer->second);
    }
  }
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    for (const onnx::NodeProto &inner : attribute.g().node()) {
      addSources(inner, sources);
    }
  }
}

bool NodeSorter::place(int first) {
  SmallVector<int> stack(1, first);
  while (!stack.empty()) {
    int node = stack.back();
    if (states[node] == State::placed) {
      stack.pop_back();
      continue;
    }
    if (states[node] == State::open) {
      states[node] = State::placed;
      order.push_back(node);
      stack.pop_back();
      continue;
    }
    states[node] = State::open;
    SmallVector<int> sources;
    addSources(nodes[node], sources);
    llvm::sort(sources, std::greater<>());
    for (int source : sources) {
      if (states[source] == State::open) {
        return false;
      }
      if (states[source] == State::waiting) {
        stack.push_back(source);
      }
    }
  }
  return true;
}

SmallVector<int> NodeSorter::run() {
  for (int i = 0; i < nodes.size(); ++i) {
    if (!place(i)) {
      return {};
    }
  }
  return order;
}

void orderNodes(onnx::GraphProto &graph) {
  SmallVector<int> order = NodeSorter(graph.node()).run();
  if (order.empty() || llvm::is_sorted(order)) {
    return;
  }
  Nodes sorted;
  sorted.Reserve(graph.node_size());
  for (int position : order) {
    sorted.Add()->Swap(graph.mutable_node(position));
  }
  graph.mutable_node()->Swap(&sorted);
}

} // namespace tessera::import

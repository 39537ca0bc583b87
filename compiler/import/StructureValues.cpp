//===- StructureValues.cpp - what attributes and tensors have to be -------===//

#include "compiler/import/StructureValues.h"
#include "compiler/import/Tensors.h"

using namespace llvm;
using onnx::AttributeProto;
using onnx::TensorProto;

namespace tessera::import {
namespace {

/// How many fields of an attribute hold a value.
unsigned valueCountOf(const AttributeProto &a) {
  return a.has_f() + a.has_i() + a.has_s() + a.has_t() + a.has_g() +
         a.has_tp() + a.has_sparse_tensor() + (a.floats_size() > 0) +
         (a.ints_size() > 0) + (a.strings_size() > 0) + (a.tensors_size() > 0) +
         (a.graphs_size() > 0);
}

/// Whether the field that the attribute's type names holds its value. Lists
/// may be empty.
bool holdsItsType(const AttributeProto &a) {
  unsigned count = valueCountOf(a);
  switch (a.type()) {
  case AttributeProto::FLOAT:
    return a.has_f();
  case AttributeProto::INT:
    return a.has_i();
  case AttributeProto::STRING:
    return a.has_s();
  case AttributeProto::TENSOR:
    return a.has_t();
  case AttributeProto::GRAPH:
    return a.has_g();
  case AttributeProto::SPARSE_TENSOR:
    return a.has_sparse_tensor();
  case AttributeProto::TYPE_PROTO:
    return a.has_tp();
  case AttributeProto::FLOATS:
    return count == 0 || a.floats_size() > 0;
  case AttributeProto::INTS:
    return count == 0 || a.ints_size() > 0;
  case AttributeProto::STRINGS:
    return count == 0 || a.strings_size() > 0;
  case AttributeProto::TENSORS:
    return count == 0 || a.tensors_size() > 0;
  case AttributeProto::GRAPHS:
    return count == 0 || a.graphs_size() > 0;
  default:
    return count == 0;
  }
}

/// Whether elements of the type may stand in the typed field that is in use.
bool storesInItsField(const TensorProto &t) {
  switch (t.data_type()) {
  case TensorProto::FLOAT:
  case TensorProto::COMPLEX64:
    return t.float_data_size() > 0;
  case TensorProto::DOUBLE:
  case TensorProto::COMPLEX128:
    return t.double_data_size() > 0;
  case TensorProto::INT64:
    return t.int64_data_size() > 0;
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    return t.uint64_data_size() > 0;
  case TensorProto::STRING:
    return t.string_data_size() > 0;
  default:
    return t.int32_data_size() > 0;
  }
}

} // namespace

void checkTensor(const TensorProto &tensor, StructureReport report) {
  unsigned typed =
      (tensor.float_data_size() > 0) + (tensor.double_data_size() > 0) +
      (tensor.int32_data_size() > 0) + (tensor.int64_data_size() > 0) +
      (tensor.uint64_data_size() > 0) + (tensor.string_data_size() > 0);
  unsigned stored = typed + (tensor.has_raw_data() || tensor.has_segment());
  std::string name = "'" + tensor.name() + "'";
  if (tensor.data_type() == TensorProto::UNDEFINED) {
    report("invalid tensor", name + " has no element type");
  } else if (stored > 1) {
    report("invalid tensor",
           name + " has its data more than once, and readers would disagree");
  } else if (tensor.data_location() == TensorProto::EXTERNAL && stored) {
    report("invalid tensor", name + " has data here and in a file of its own");
  } else if (typed && !storesInItsField(tensor)) {
    report("invalid tensor", name + " is declared as " +
                                 dataTypeName(tensor.data_type()) +
                                 " and has data of another kind");
  }
}

void checkAttribute(const AttributeProto &attribute, int64_t irVersion,
                    StructureReport report) {
  std::string what = "invalid attribute '" + attribute.name() + "'";
  if (attribute.name().empty()) {
    report("invalid attribute", "it has no name");
  } else if (!attribute.ref_attr_name().empty()) {
    if (valueCountOf(attribute)) {
      report(what, "it refers to another one and has a value");
    }
  } else if (attribute.type() == AttributeProto::UNDEFINED) {
    if (irVersion >= 2) {
      report(what, "it does not say its type");
    }
  } else if (valueCountOf(attribute) > 1) {
    report(what, "it has several values");
  } else if (!holdsItsType(attribute)) {
    report(what, "expected a value of type " +
                     AttributeProto::AttributeType_Name(attribute.type()));
  }
}

} // namespace tessera::import

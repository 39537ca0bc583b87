//===- GraphOps.td - all operations of the tsr dialect --------------------===//

#ifndef TESSERA_DIALECTS_GRAPH_GRAPHOPS_TD
#define TESSERA_DIALECTS_GRAPH_GRAPHOPS_TD

include "dialects/graph/ContractionOps.td"
include "dialects/graph/IndexingOps.td"
include "dialects/graph/LibraryOps.td"
include "dialects/graph/PointwiseOps.td"
include "dialects/graph/RecurrenceOps.td"
include "dialects/graph/ReductionOps.td"
include "dialects/graph/ShapeOps.td"
include "dialects/graph/WindowOps.td"

#endif // TESSERA_DIALECTS_GRAPH_GRAPHOPS_TD

// RUN: tessera-opt %s -split-input-file -verify-diagnostics

func.func @other_operations() {
  // expected-error@+1 {{expected only launches and loops in its body, got func.return}}
  tsk.loop attributes {extents = affine_map<() -> (4)>, lengths = [], symbol = 0 : i64, runs = 1 : i64} {
    func.return
  }
  return
}

// -----

func.func @runs_inside() {
  tsk.loop attributes {extents = affine_map<() -> (4)>, lengths = [], symbol = 0 : i64, runs = 1 : i64} {
    // expected-error@+1 {{expected an inner loop without runs whose symbols follow those of the loop around it}}
    tsk.loop attributes {extents = affine_map<() -> (4)>, lengths = [], symbol = 2 : i64, runs = 1 : i64} {
    }
  }
  return
}

// -----

func.func @same_symbols() {
  tsk.loop attributes {extents = affine_map<() -> (4)>, lengths = [], symbol = 0 : i64, runs = 1 : i64} {
    // expected-error@+1 {{expected an inner loop without runs whose symbols follow those of the loop around it}}
    tsk.loop attributes {extents = affine_map<() -> (4)>, lengths = [], symbol = 1 : i64, runs = 0 : i64} {
    }
  }
  return
}

// -----

func.func @lengths_of_dimensions() {
  // expected-error@+1 {{expected lengths of symbols only}}
  tsk.loop attributes {extents = affine_map<() -> (4)>, lengths = [affine_map<(d0) -> (d0)>], symbol = 0 : i64, runs = 1 : i64} {
  }
  return
}

//===- CommonHeaders.cpp - the library that owns the precompiled headers --===//
// Empty: CMake attaches a precompiled header to a library with a source.

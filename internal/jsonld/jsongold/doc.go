// Package jsongold compares internal/jsonld with github.com/piprate/json-gold, in
// tests alone and in a module of its own, so that nobody who uses the library has
// json-gold among its dependencies.
package jsongold

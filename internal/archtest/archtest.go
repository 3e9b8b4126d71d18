// Package archtest holds the arrows between the packages: which may import which,
// which module is behind which door, and who does no I/O.
package archtest

import (
	"path"
	"slices"
	"strings"
)

// Module is the path of the module whose arrows these are.
const Module = "github.com/taperid/taper"

// Package is what go list -json says of a package, as far as arrows go. Imports
// are those of the library itself, not of its tests.
type Package struct {
	ImportPath string
	Imports    []string
}

// arrows are what the deciding packages may import of this module. Arrows between
// siblings are missing on purpose: they know each other through interfaces.
var arrows = map[string][]string{
	".":          {},
	"did":        {"internal/multikey", "internal/jose", "internal/strictjson"},
	"vc":         {"did", "internal/strictjson", "internal/jose", "internal/jsonld", "internal/multikey", "internal/dataintegrity"},
	"vc/sdjwt":   {"vc", "did", "internal/strictjson", "internal/jose", "internal/multikey"},
	"revocation": {"vc", "did", "internal/*"},
	"delegation": {"vc", "did", "internal/*"},
	"audit":      {"did", "internal/*"},

	"delegation/attest":    {"delegation", "did", "internal/*"},
	"delegation/agenthttp": {"delegation", "did", "internal/multikey", "internal/strictjson"},
}

// leaves are packages with arrows that do input and output for the one beside them, or
// know two that do not know each other.
var leaves = map[string][]string{
	"audit/decisions":        {"audit", "delegation", "vc", "internal/multikey", "internal/strictjson"},
	"audit/export":           {"audit", "did"},
	"audit/journal":          {"audit", "internal/durable"},
	"audit/tiles":            {"audit", "internal/tilepath"},
	"audit/witness":          {"audit", "internal/durable"},
	"delegation/attest/self": {"delegation/attest"},
	"did/didweb":             {"did"},
	"revocation/bundlefile":  {"revocation", "did"},
	"revocation/eventhttp":   {"revocation", "vc", "did", "internal/jose", "internal/strictjson"},
	"revocation/filestore":   {"revocation"},
	"revocation/sqlstore":    {"revocation"},
	"revocation/statushttp":  {"revocation", "did"},

	"internal/dataintegrity": {"did", "internal/multikey", "internal/strictjson"},
	"internal/durable":       {},
	"internal/inflate":       {},
	"internal/jose":          {"internal/multikey", "internal/secp256k1", "internal/strictjson"},
	"internal/jsonld":        {"internal/strictjson"},
	"internal/multikey":      {"internal/secp256k1", "internal/strictjson"},
	"internal/packed":        {"internal/multikey"},
	"internal/secp256k1":     {},
	"internal/strictjson":    {},
	"internal/tilepath":      {},
	"interop":                {"did", "revocation", "vc", "vc/sdjwt"},
}

// transports are packages with arrows that speak over net/http.
var transports = []string{"delegation/agenthttp"}

// doors are the other modules, each with the one package that may import it.
var doors = map[string]string{
	"github.com/lestrrat-go/jwx":           "internal/jose",
	"github.com/decred/dcrd":               "internal/secp256k1",
	"github.com/multiformats/go-multibase": "internal/multikey",
	"filippo.io/edwards25519":              "internal/multikey",
	"github.com/go-json-experiment/json":   "internal/strictjson",
	"golang.org/x/mod":                     "audit",
}

// outside are packages of the standard library that touch the world, which the
// deciding packages leave to their leaves.
var outside = []string{"log", "log/slog", "net", "net/http", "os", "os/exec"}

// forTests are packages that only tests may import.
var forTests = []string{"internal/archtest", "internal/storetest", "internal/personas", "internal/vectors", "internal/cases", "internal/verdicts"}

// Violations returns a line for every import that breaks a rule.
func Violations(pkgs []Package) (lines []string) {
	for _, p := range pkgs {
		from := local(p.ImportPath)
		for _, imported := range p.Imports {
			if rule := broken(from, imported); rule != "" {
				lines = append(lines, from+" imports "+imported+": "+rule)
			}
		}
	}
	return lines
}

// broken names the rule that an import breaks, if any.
func broken(from, imported string) string {
	allowed, decides := arrows[from]
	leaf := false
	if !decides {
		allowed, leaf = leaves[from]
	}
	if !decides && !leaf && !isBelow(from, "examples") && !slices.Contains(forTests, from) {
		return "a package without arrows: draw them in archtest"
	}
	if imported != Module && !strings.HasPrefix(imported, Module+"/") {
		switch {
		case decides && slices.Contains(outside, imported) && !(imported == "net/http" && slices.Contains(transports, from)):
			return "a deciding package does no I/O"
		case !strings.Contains(strings.Split(imported, "/")[0], "."):
			return "" // the standard library
		case isBelow(from, "examples"),
			slices.Contains(forTests, from) && isBelow(imported, "github.com/stretchr/testify"):
			return ""
		}
		for module, door := range doors {
			if isBelow(imported, module) && from == door {
				return ""
			}
		}
		return "a module of others has one door"
	}
	switch to := local(imported); {
	case isBelow(to, "examples"):
		return "nothing imports examples"
	case slices.Contains(forTests, to) && !slices.Contains(forTests, from):
		return "for tests alone"
	case isBelow(from, "examples") && isBelow(to, "internal"):
		return "an example shows the public API"
	case (decides || leaf) && !slices.ContainsFunc(allowed, func(pattern string) bool {
		ok, _ := path.Match(pattern, to)
		return ok
	}):
		return "no such arrow"
	}
	return ""
}

// local is the path of a package inside the module, "." for the root.
func local(importPath string) string {
	if importPath == Module {
		return "."
	}
	return strings.TrimPrefix(importPath, Module+"/")
}

// isBelow reports whether a path is a folder or inside it.
func isBelow(p, folder string) bool {
	return p == folder || strings.HasPrefix(p, folder+"/")
}

package jsonld

import (
	"slices"
	"strings"
)

// keywords are those of JSON-LD 1.1 section 1.7, all of them.
var keywords = []string{
	"@base", "@container", "@context", "@direction", "@graph", "@id", "@import", "@included",
	"@index", "@json", "@language", "@list", "@nest", "@none", "@prefix", "@propagate",
	"@protected", "@reverse", "@set", "@type", "@value", "@version", "@vocab",
}

func isKeyword(s string) bool { return strings.HasPrefix(s, "@") && slices.Contains(keywords, s) }

// looksKeyword reports whether s has the form of a keyword, which the standard
// keeps for itself and has processors ignore.
func looksKeyword(s string) bool {
	if len(s) < 2 || s[0] != '@' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

package delegation

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// foldName returns the one text that all names have in common that are equal
// under Unicode simple case folding. Decoders that match names without case (as
// encoding/json does, with U+212A for k) see such names as one.
func foldName(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			return strings.Map(foldRune, s)
		}
	}
	return s
}

// foldRune picks one rune of those that fold together: the ASCII lower-case
// letter where there is one, else the smallest.
func foldRune(r rune) rune {
	least := r
	for f := r; ; {
		if f < utf8.RuneSelf {
			return unicode.ToLower(f)
		}
		least = min(least, f)
		if f = unicode.SimpleFold(f); f == r {
			return least
		}
	}
}

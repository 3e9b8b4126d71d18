package delegation

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// neutral returns text that somebody else wrote between quotes, so that it can
// only be read as that: what is not a plain visible character is an escape.
func neutral(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	prev, marks := rune(0), 0
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && size == 1:
			writeEscape(&b, 'x', rune(s[i]), 2)
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == ' ' && prev == ' ', r < 0x20 || r == 0x7f:
			writeEscape(&b, 'x', r, 2)
		case !isVisible(r) || marks > 2 || marks > 0 && prev <= ' ':
			writeEscape(&b, 'U', r, 8)
		default:
			b.WriteRune(r)
		}
		prev = r
	}
	b.WriteByte('"')
	return b.String()
}

func writeEscape(b *strings.Builder, kind byte, r rune, digits int) {
	const hex = "0123456789abcdef"
	b.WriteByte('\\')
	b.WriteByte(kind)
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b.WriteByte(hex[r>>shift&0xf])
	}
}

// isVisible reports whether r shows as itself and leaves its neighbours where they
// are. Letters that are written from right to left are not: they move the numbers
// beside them.
func isVisible(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= ' ' && r < 0x7f
	case !unicode.IsPrint(r) || unicode.Is(unicode.Variation_Selector, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return false
	case r == 0x2800: // a braille pattern without dots
		return false
	}
	return !(r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfeff ||
		r >= 0x10800 && r <= 0x10fff || r >= 0x1e800 && r <= 0x1efff)
}

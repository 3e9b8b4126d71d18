package vc

import (
	"fmt"

	"github.com/taperid/taper/internal/strictjson"
)

// checkLanguage checks a name or a description of Data Model 2.0: a string, a
// language value object, or a non-empty array of those (section 11.1).
func checkLanguage(r *strictjson.Reader, name string) error {
	one := func(int) error {
		if r.Kind() == '"' {
			return r.Skip()
		}
		return checkLanguageValue(r, name)
	}
	if r.Kind() != '[' {
		return one(0)
	}
	n, err := r.Array(maxParts, one)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: %s is an empty array", ErrModel, name)
	}
	return err
}

// checkLanguageValue checks an object of @value, and optionally @language and
// @direction, which has nothing else.
func checkLanguageValue(r *strictjson.Reader, name string) error {
	found := false
	err := r.Object(func(member string) error {
		text, err := r.String()
		switch {
		case err != nil:
			return fmt.Errorf("%w: %.40q of %s: %w", ErrModel, member, name, err)
		case member == "@value":
			found = true
		case member == "@language" && isLanguageTag(text):
		case member == "@direction" && (text == "ltr" || text == "rtl"):
		default:
			return fmt.Errorf("%w: %.40q: %.40q in a language value of %s", ErrModel, member, text, name)
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%w: a language value of %s without @value", ErrModel, name)
	}
	return err
}

// isLanguageTag reports whether s has the form of a language tag (BCP 47): parts
// of 1 to 8 letters and digits between hyphens, of which the first is letters.
func isLanguageTag(s string) bool {
	n := 0
	for i, first := 0, true; i < len(s); i++ {
		c := s[i] | 0x20
		switch {
		case s[i] == '-' && n > 0:
			n, first = 0, false
			continue
		case c >= 'a' && c <= 'z', isDigit(s[i]) && !first:
			n++
		default:
			return false
		}
		if n > 8 {
			return false
		}
	}
	return n > 0
}

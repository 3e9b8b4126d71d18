package did

import (
	"errors"
	"fmt"
	"strings"
)

// URL is a DID URL (DID Core section 3.2): a DID and what may follow it.
type URL struct {
	DID      DID
	Path     string // with its leading slash, or empty
	Query    string // without the question mark
	Fragment string // without the number sign

	text string
}

// ParseURL reads a DID URL. A DID alone is one too. An empty query or fragment
// is refused, since it would be a second spelling.
func ParseURL(text string) (URL, error) {
	if len(text) > MaxLen {
		return URL{}, fmt.Errorf("%w: %d bytes, at most %d", ErrURL, len(text), MaxLen)
	}
	u := URL{text: text}
	rest, fragment, hasFragment := strings.Cut(text, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	id := rest
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		id, u.Path = rest[:i], rest[i:]
	}
	if hasFragment && fragment == "" || hasQuery && query == "" {
		return URL{}, fmt.Errorf("%w: %.80q: empty query or fragment", ErrURL, text)
	}
	if !isURLText(u.Path, "/") || !isURLText(query, "/?") || !isURLText(fragment, "/?") {
		return URL{}, fmt.Errorf("%w: %.80q: a character that it may not have", ErrURL, text)
	}
	u.Query, u.Fragment = query, fragment
	var err error
	if u.DID, err = Parse(id); err != nil {
		return URL{}, urlError(err)
	}
	return u, nil
}

// urlError makes text that is no DID one that is no DID URL either.
func urlError(err error) error {
	if errors.Is(err, ErrInvalid) {
		return fmt.Errorf("%w: %v", ErrURL, err)
	}
	return err
}

// String returns the text that was parsed.
func (u URL) String() string { return u.text }

// isURLText reports whether s is made of pchar (RFC 3986 section 3.3) and also.
func isURLText(s, also string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case isAlnum(c) || strings.IndexByte("-._~!$&'()*+,;=:@", c) >= 0 || strings.IndexByte(also, c) >= 0:
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

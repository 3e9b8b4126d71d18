package delegation

import (
	"errors"
	"slices"
	"strings"
)

var errAudience = errors.New("want a DID or an https origin")

// audience is the set of verifiers' names that an authority is for.
type audience struct {
	names []string
	all   bool // exactly ["**"]
}

func newAudience(names []string) (audience, error) {
	if err := checkList(names); err != nil {
		return audience{}, err
	}
	if len(names) == 1 && names[0] == "**" {
		return audience{names, true}, nil
	}
	for _, name := range names {
		if !isAudience(name) {
			return audience{}, placed(quote(name), errAudience)
		}
	}
	return audience{names: names}, nil
}

// has reports whether name is inside; what is no name of a verifier never is.
func (a *audience) has(name string) bool {
	if a.all {
		return isAudience(name)
	}
	return slices.Contains(a.names, name)
}

// outside returns the first name of c that a has not, or nothing.
func (a *audience) outside(c *audience) string {
	if a.all {
		return ""
	}
	for _, name := range c.names { // a child for everyone has the name **
		if !slices.Contains(a.names, name) {
			return name
		}
	}
	return ""
}

// isAudience reports whether name is a DID or an origin.
func isAudience(name string) bool {
	if origin, ok := strings.CutPrefix(name, "https://"); ok {
		return !strings.Contains(origin, "/") && checkResource(name, 0) == nil
	}
	return isDID(name)
}

// isDID reports whether s is a DID by its syntax (DID Core section 3.1). It does
// not look into a did:key: a verifier's name is only ever compared.
func isDID(s string) bool {
	method, id, ok := strings.Cut(strings.TrimPrefix(s, "did:"), ":")
	if !ok || !strings.HasPrefix(s, "did:") || len(s) > maxResourceBytes || method == "" {
		return false
	}
	for i := range len(method) {
		if c := method[i]; !isLabel[c] || c == '-' || c == '_' {
			return false
		}
	}
	for i := 0; i < len(id); i++ {
		switch c := id[i]; {
		case c != '~' && isUnreserved[c] || c == ':':
		case c == '%' && i+2 < len(id) && isHex(id[i+1]) && isHex(id[i+2]):
			i += 2
		default:
			return false
		}
	}
	return id != "" && id[len(id)-1] != ':'
}

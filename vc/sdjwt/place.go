package sdjwt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// place is where a value stands in the claims. The path is put together only where
// somebody needs it: names are long and children many.
type place struct {
	parent *place
	name   string // of a member, as JSON pointers have it
	depth  int    // of the value: 1 for the claims themselves
	fixed  bool   // inside a claim that is always shown

	shown []string // of the claims themselves: which are always shown
}

// top is the place of the claims of a format.
func top(f vc.Format) *place { return &place{depth: 1, shown: alwaysShown[f]} }

func (p *place) isTop() bool { return p.parent == nil }

// member is the place of a member of the object at p.
func (p *place) member(name string) *place {
	fixed := p.fixed || p.isTop() && slices.Contains(p.shown, name)
	return &place{parent: p, name: name, depth: p.depth + 1, fixed: fixed}
}

// element is the place of an element of the array at p.
func (p *place) element(i int) *place {
	return &place{parent: p, name: strconv.Itoa(i), depth: p.depth + 1, fixed: p.fixed}
}

// checkDepth bounds the nesting of the claims as it bounds that of their parts.
func (p *place) checkDepth() error {
	if p.depth > strictjson.MaxDepth {
		return fmt.Errorf("%w: more than %d levels", strictjson.ErrDepth, strictjson.MaxDepth)
	}
	return nil
}

// pointerEscapes are those of JSON pointers (RFC 6901 section 3).
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// path is the JSON pointer to p.
func (p *place) path() string {
	var names []string
	for ; !p.isTop(); p = p.parent {
		names = append(names, "/"+pointerEscapes.Replace(p.name))
	}
	slices.Reverse(names)
	return strings.Join(names, "")
}

// alwaysShown are the claims at the top that restrict a credential or say what it
// is, by format. Leaving one out would make it say more. SD-JWT VC states its own;
// VC-JOSE-COSE leaves them to profiles.
var alwaysShown = map[vc.Format][]string{
	VC: {"iss", "nbf", "exp", "aud", "cnf", "vct", "vct#integrity", "status"},
	W3C: {
		"iss", "nbf", "exp", "aud", "cnf", "@context", "type", "issuer", "validFrom", "validUntil",
		"credentialStatus", "credentialSchema", "termsOfUse", "relatedResource",
	},
	VP: {"iss", "iat", "nbf", "exp", "aud", "nonce", "cnf", "@context", "termsOfUse"},
}

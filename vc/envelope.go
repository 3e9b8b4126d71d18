package vc

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
)

// The types of an envelope (VC Data Model 2.0 sections 4.12 and 4.13.1).
const (
	envelopedCredential   = "EnvelopedVerifiableCredential"
	envelopedPresentation = "EnvelopedVerifiablePresentation"
)

// errUnsecured marks an object that nothing secures.
var errUnsecured = errors.New("a JSON object without a proof")

// errOther marks a credential that VC-JOSE-COSE secures in a way other than JOSE.
var errOther = errors.New("not a vc+jwt")

// envelope is an object that says nothing and holds a token.
type envelope struct {
	context, types []string
	id             string
	strange        string // a member that an envelope has not
}

// unwrap returns the compact JWS that an envelope of that type holds. Nothing
// signs an envelope, so a member that is none of its own is refused.
func unwrap(data []byte, want string) (string, error) {
	var e envelope
	err := strictjson.Read(data, len(data), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return e.readMember(r, name) })
	})
	switch {
	case err != nil:
		return "", jsonError(err)
	case !slices.Contains(e.types, want):
		return "", fmt.Errorf("%w: %w, nor an %s", ErrFormat, errUnsecured, want)
	case len(e.types) > 1:
		return "", fmt.Errorf("%w: %.200q, want %s alone", ErrType, e.types, want)
	case e.strange != "":
		return "", fmt.Errorf("%w: member %.40q of an %s, which nothing signs", ErrModel, e.strange, want)
	case len(e.context) > 0 && e.context[0] != ContextV2:
		return "", fmt.Errorf("%w: %.80q in an %s", ErrContext, e.context[0], want)
	}
	return cutMedia(e.id, want)
}

func (e *envelope) readMember(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "@context":
		e.context, err = readContext(r)
	case "type":
		e.types, err = readStrings(r, ErrType)
	case "id":
		if r.Kind() == '"' {
			e.id, err = r.String()
			return err
		}
		return r.Skip()
	default:
		e.strange = name
		return r.Skip()
	}
	return err
}

// cutMedia returns what the data: URL of an envelope holds.
func cutMedia(id, want string) (string, error) {
	media := "data:application/vc+jwt,"
	if want == envelopedPresentation {
		media = "data:application/vp+jwt,"
	}
	token, ok := strings.CutPrefix(id, media)
	if !ok && (strings.HasPrefix(id, "data:application/vc+sd-jwt,") || strings.HasPrefix(id, "data:application/vc+cose;base64,")) {
		return "", fmt.Errorf("%w: %w: %.40q", ErrFormat, errOther, id)
	}
	if !ok {
		return "", fmt.Errorf("%w: %s whose id is no %s URL", ErrFormat, want, media)
	}
	return token, nil
}

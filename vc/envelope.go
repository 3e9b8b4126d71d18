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

// The media types of the data: URLs in envelopes. Tokens of application/jwt have a
// vc or vp claim, whatever version of the data model is in it.
const (
	mediaVC  = "data:application/vc+jwt,"
	mediaVP  = "data:application/vp+jwt,"
	mediaJWT = "data:application/jwt,"
)

// unwrap returns the compact JWS that an envelope of that type holds, and its
// media type. Nothing signs an envelope, so a member that is none of its own is
// refused.
func unwrap(data []byte, want string) (token, media string, err error) {
	var e envelope
	err = strictjson.Read(data, len(data), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return e.readMember(r, name) })
	})
	switch {
	case err != nil:
		return "", "", jsonError(err)
	case !slices.Contains(e.types, want):
		return "", "", fmt.Errorf("%w: %w, nor an %s", ErrFormat, errUnsecured, want)
	case len(e.types) > 1:
		return "", "", fmt.Errorf("%w: %.200q, want %s alone", ErrType, e.types, want)
	case e.strange != "":
		return "", "", fmt.Errorf("%w: member %.40q of an %s, which nothing signs", ErrModel, e.strange, want)
	case len(e.context) == 0 || e.context[0] != ContextV2:
		return "", "", fmt.Errorf("%w: an %s has %s", ErrContext, want, ContextV2)
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

// cutMedia returns what the data: URL of an envelope holds, and the URL's start.
func cutMedia(id, want string) (token, media string, err error) {
	own := mediaVC
	if want == envelopedPresentation {
		own = mediaVP
	}
	for _, media := range []string{own, mediaJWT} {
		if token, ok := strings.CutPrefix(id, media); ok {
			return token, media, nil
		}
	}
	if strings.HasPrefix(id, "data:application/vc+sd-jwt,") || strings.HasPrefix(id, "data:application/vc+cose;base64,") {
		return "", "", fmt.Errorf("%w: %w: %.40q", ErrFormat, errOther, id)
	}
	return "", "", fmt.Errorf("%w: %s whose id is no %s URL", ErrFormat, want, own)
}

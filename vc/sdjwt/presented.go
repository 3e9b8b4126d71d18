package sdjwt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

const (
	verifiablePresentation = "VerifiablePresentation"
	maxCredentials         = 64
)

// presented is what a presentation says.
type presented struct {
	claims
	holder, nonce  string
	context, types []string
	credentials    []string
	signed         []byte
}

// presentationMembers are the names that mean something in one.
var presentationMembers = append([]string{"@context", "type", "holder", "verifiableCredential", "nonce", "vp", "vc"}, registered...)

func readPresentation(text []byte) (*presented, error) {
	p := new(presented)
	err := strictjson.Read(text, len(text), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return p.read(r, name) })
	})
	switch {
	case err != nil:
		return nil, jsonError(err)
	case len(p.context) == 0 || p.context[0] != vc.ContextV2:
		return nil, fmt.Errorf("%w: want %s first", vc.ErrContext, vc.ContextV2)
	case !slices.Contains(p.types, verifiablePresentation):
		return nil, fmt.Errorf("%w: %s is missing", vc.ErrType, verifiablePresentation)
	}
	return p, nil
}

func (p *presented) read(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "@context":
		p.context, err = readTexts(r)
	case "type":
		p.types, err = readTexts(r)
	case "holder":
		p.holder, err = r.String()
	case "nonce":
		p.nonce, err = r.String()
	case "verifiableCredential":
		_, err = r.Array(maxCredentials, func(int) error {
			c, err := readCredentialText(r)
			p.credentials = append(p.credentials, c)
			return err
		})
	case "vp", "vc", "vct", "status":
		err = fmt.Errorf("%w: %s in a presentation", vc.ErrClaims, name)
	default:
		for _, known := range presentationMembers {
			if strings.EqualFold(name, known) && name != known {
				return fmt.Errorf("%w: member %.40q, want %q", vc.ErrModel, name, known)
			}
		}
		var ok bool
		if ok, err = p.claims.read(r, name); !ok && err == nil {
			err = r.Skip()
		}
	}
	return err
}

// readTexts reads a string or an array of strings.
func readTexts(r *strictjson.Reader) (out []string, err error) {
	add := func(int) error {
		s, err := r.String()
		out = append(out, s)
		return err
	}
	if r.Kind() == '"' {
		return out, add(0)
	}
	_, err = r.Array(maxAudience, add)
	return out, err
}

// readCredentialText reads a credential of the presentation: a token, an envelope
// of a kind that VC-JOSE-COSE has, or a document.
func readCredentialText(r *strictjson.Reader) (string, error) {
	if r.Kind() == '"' {
		return r.String()
	}
	raw, err := r.Raw()
	if err != nil {
		return "", err
	}
	if raw[0] != '{' {
		return "", fmt.Errorf("%w: verifiableCredential is neither a token nor an object", vc.ErrModel)
	}
	id := envelopedID(string(raw))
	for _, media := range []string{mediaJOSE, mediaSD, "data:application/vc+cose;base64,", "data:application/jwt,"} {
		if strings.HasPrefix(id, media) {
			return string(raw), nil
		}
	}
	if id != "" {
		return "", fmt.Errorf("%w: an envelope of %.60q", vc.ErrFormat, id)
	}
	return string(raw), nil
}

// envelopedID returns the id of an EnvelopedVerifiableCredential, and nothing for
// what is none. What holds a token and says more is none.
func envelopedID(text string) (id string) {
	enveloped := false
	err := strictjson.Read([]byte(text), len(text), func(r *strictjson.Reader) error {
		return r.Object(func(name string) (err error) {
			switch name {
			case "id":
				id, err = r.String()
			case "type":
				var types []string
				types, err = readTexts(r)
				enveloped = slices.Equal(types, []string{"EnvelopedVerifiableCredential"})
			case "@context":
				err = r.Skip()
			default:
				err = fmt.Errorf("%w: %.40q", ErrForm, name)
			}
			return err
		})
	})
	if err != nil || !enveloped {
		return ""
	}
	return id
}

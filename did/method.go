package did

import (
	"errors"
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// method reads a verification method and returns its id.
func (p *parser) method(r *strictjson.Reader) (string, error) {
	if len(p.doc.Methods) == maxItems {
		return "", fmt.Errorf("more than %d methods", maxItems)
	}
	raw, err := r.Raw()
	if err != nil {
		return "", err
	}
	m, err := p.readMethod(raw)
	if err != nil {
		return "", err
	}
	if p.seen[m.ID] {
		return "", fmt.Errorf("two methods %.120q", m.ID)
	}
	p.seen[m.ID] = true
	p.doc.Methods = append(p.doc.Methods, m)
	return m.ID, nil
}

func (p *parser) readMethod(raw []byte) (m VerificationMethod, err error) {
	members, err := object(raw)
	if err != nil {
		return m, err
	}
	if err := checkMaterial(members); err != nil {
		return m, err
	}
	id, err := stringOf(members["id"])
	if err != nil {
		return m, fmt.Errorf("id: %w", err)
	}
	if m.ID, err = p.url(id); err != nil {
		return m, err
	}
	if m.Type, err = stringOf(members["type"]); err != nil {
		return m, fmt.Errorf("%.120q: type: %w", m.ID, err)
	}
	controller, err := stringOf(members["controller"])
	if err != nil {
		return m, fmt.Errorf("%.120q: controller: %w", m.ID, err)
	}
	if m.Controller, err = Parse(controller); err != nil {
		return m, fmt.Errorf("%.120q: controller: %w", m.ID, err)
	}
	if m.Key, err = readKey(m.Type, members); err != nil {
		return m, fmt.Errorf("%.120q: %w", m.ID, err)
	}
	m.ended, m.raw = members["revoked"] != nil || members["expires"] != nil, raw
	return m, nil
}

// checkMaterial refuses a method that gives its key twice, or its private key away.
func checkMaterial(members map[string][]byte) error {
	public := 0
	for name := range members {
		switch {
		case strings.HasPrefix(name, "privateKey"), strings.HasPrefix(name, "secretKey"):
			return fmt.Errorf("%w: %.40q is published", ErrKey, name)
		case strings.HasPrefix(name, "publicKey"):
			public++
		}
	}
	if public > 1 {
		return errors.New("a method with two forms of its key")
	}
	return nil
}

// readKey reads the key of a method in the form that its type has. It is zero where
// that is not understood.
func readKey(typ string, members map[string][]byte) (Key, error) {
	f, known := knownFormat(typ)
	text, jwk := members["publicKeyMultibase"], members["publicKeyJwk"]
	var key Key
	var err error
	switch {
	case jwk != nil: // whatever the type: it may be a private key
		key, err = ParseJWK(jwk)
	case text != nil && known && !f.jwk:
		key, err = documentMultikey(text)
	}
	switch {
	case errors.Is(err, ErrKey):
		return Key{}, err // perhaps a private key, so whatever the type
	case errors.Is(err, ErrKeyType), !known, f.jwk != (jwk != nil):
		return Key{}, nil
	case err != nil:
		return Key{}, err
	case f.key != "" && key.typ != nil && key.Type() != f.key:
		return Key{}, fmt.Errorf("%w: a %s key as %s", ErrKey, key.Type(), f.name)
	}
	return key, nil
}

// documentMultikey reads a Multikey. A longer one than any type here has, or one in
// the other base that there may be, is of a type that is not supported.
func documentMultikey(raw []byte) (Key, error) {
	text, err := stringOf(raw)
	switch {
	case err != nil:
		return Key{}, err
	case len(text) > multikey.MaxText || strings.HasPrefix(text, "u"):
		return Key{}, fmt.Errorf("%w: a key of %d characters that begins with %.8q", ErrKeyType, len(text), text)
	}
	return ParseKey(text)
}

package did

import (
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
)

func (p *parser) services(raw []byte) error {
	return each(raw, func(r *strictjson.Reader, _ int) error {
		raw, err := r.Raw()
		if err != nil {
			return err
		}
		s, err := p.readService(raw)
		if err != nil {
			return err
		}
		for _, other := range p.doc.Services {
			if other.ID == s.ID {
				return fmt.Errorf("two services %.120q", s.ID)
			}
		}
		p.doc.Services = append(p.doc.Services, s)
		return nil
	})
}

func (p *parser) readService(raw []byte) (s Service, err error) {
	members, err := object(raw)
	if err != nil {
		return s, err
	}
	id, err := stringOf(members["id"])
	if err != nil {
		return s, fmt.Errorf("id: %w", err)
	}
	if s.ID, err = p.uri(id); err != nil {
		return s, err
	}
	for _, part := range []struct {
		name    string
		element func(*strictjson.Reader, int) error
	}{
		{"type", s.readType},
		{"serviceEndpoint", s.readEndpoint},
	} {
		raw, ok := members[part.name]
		if !ok {
			return s, fmt.Errorf("%.120q has no %s", s.ID, part.name)
		}
		if err := eachOrOne(raw, part.element); err != nil {
			return s, fmt.Errorf("%.120q: %s: %w", s.ID, part.name, err)
		}
	}
	s.raw = raw
	return s, nil
}

// uri reads the id of a service: a DID URL, which may be relative, or another URI.
func (p *parser) uri(text string) (string, error) {
	if !strings.HasPrefix(text, "did:") && isURI(text) {
		return text, nil
	}
	return p.url(text)
}

func (s *Service) readType(r *strictjson.Reader, _ int) error {
	text, err := r.String()
	if err == nil && (text == "" || contains(s.Types, text)) {
		err = errTwice
	}
	s.Types = append(s.Types, text)
	return err
}

func (s *Service) readEndpoint(r *strictjson.Reader, _ int) error {
	if r.Kind() == '{' {
		return r.Skip()
	}
	text, err := r.String()
	if err == nil && !isURI(text) {
		err = fmt.Errorf("%.80q is no URI", text)
	}
	s.Endpoints = append(s.Endpoints, text)
	return err
}

// isURI reports whether s is a URI (RFC 3986 section 3): a scheme, a colon and
// characters that may follow.
func isURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || rest == "" || len(s) > MaxLen {
		return false
	}
	for i := range len(scheme) {
		if c := scheme[i]; !isAlnum(c) && (i == 0 || c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	before, fragment, _ := strings.Cut(rest, "#")
	return scheme != "" && (scheme[0] > '9') && isURLText(before, "/?[]") && isURLText(fragment, "/?")
}

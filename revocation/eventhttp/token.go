package eventhttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/strictjson"
)

const (
	maxToken  = 64 << 10
	maxEvents = 16
)

// kind is a Security Event Token (RFC 8417 section 2.3). Without its typ another
// JWT of the same issuer, such as an ID token, could stand in for one.
var kind = jose.Kind{Typ: "secevent+jwt"}

// claims are the claims of a token, as read.
type claims struct {
	iss, jti, sub string
	aud           []string
	iat           time.Time
	subID         json.RawMessage
	events        []Event
}

// verify checks a token: its form, its issuer, its signature, then its claims.
func (r *Receiver) verify(token string, now time.Time) (*claims, error) {
	t, err := jose.Parse(token, maxToken, kind)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	c := new(claims)
	err = strictjson.Read(t.Payload, maxToken, func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return c.read(r, name) })
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	keys, ok := r.config.Keys[c.iss]
	if !ok {
		return nil, fmt.Errorf("%w: %.120q", ErrIssuer, c.iss)
	}
	key, ok := keys[t.Header.Kid]
	if !ok {
		return nil, fmt.Errorf("%w: kid %.80q is not one of %.80q", ErrKey, t.Header.Kid, c.iss)
	}
	if err := key.Verify(t.Header.Alg, t.Input, t.Signature); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return c, c.check(&r.config, now)
}

// check applies the rules of RFC 8417 section 2.2, and ours, to the claims.
func (c *claims) check(config *Config, now time.Time) error {
	age := now.Sub(c.iat)
	switch {
	case c.jti == "" || len(c.jti) > 256:
		return fmt.Errorf("%w: a jti of %d bytes", ErrToken, len(c.jti))
	case len(c.events) == 0:
		return fmt.Errorf("%w: no events", ErrToken)
	case !slices.Contains(c.aud, config.Audience):
		return fmt.Errorf("%w: %.200q", ErrAudience, c.aud)
	case c.iat.IsZero() || age > config.MaxAge+config.Skew || age < -config.Skew:
		return fmt.Errorf("%w: issued %s ago, at most %s", ErrTime, age, config.MaxAge)
	}
	for i := range c.events {
		e := &c.events[i]
		e.Issuer, e.ID, e.IssuedAt = c.iss, c.jti, c.iat
		switch {
		case e.Subject != nil:
		case c.subID != nil:
			e.Subject = c.subID
		case c.sub != "":
			e.Subject, _ = json.Marshal(c.sub)
		}
	}
	return nil
}

var known = []string{"iss", "jti", "sub", "aud", "iat", "sub_id", "events"}

func (c *claims) read(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "iss":
		c.iss, err = r.String()
	case "jti":
		c.jti, err = r.String()
	case "sub":
		c.sub, err = r.String()
	case "aud":
		c.aud, err = readAudience(r)
	case "iat":
		var n int64
		if n, err = r.Int(); err == nil && n <= 0 {
			err = fmt.Errorf("iat %d", n)
		}
		c.iat = time.Unix(n, 0).UTC()
	case "sub_id":
		c.subID, err = readObject(r)
	case "events":
		err = c.readEvents(r)
	default:
		if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, name) }); i >= 0 {
			return fmt.Errorf("member %.40q, want %q", name, known[i])
		}
		err = r.Skip()
	}
	return err
}

func (c *claims) readEvents(r *strictjson.Reader) error {
	return r.Object(func(uri string) error {
		if len(c.events) == maxEvents {
			return fmt.Errorf("more than %d events", maxEvents)
		}
		payload, err := readObject(r)
		if err != nil {
			return err
		}
		e := Event{Type: uri, Payload: payload}
		err = strictjson.Read(payload, len(payload), func(r *strictjson.Reader) error {
			return r.Object(func(name string) (err error) {
				if name == "subject" || name == "sub_id" {
					if e.Subject != nil {
						return errors.New("an event with two subjects")
					}
					e.Subject, err = readObject(r)
					return err
				}
				return r.Skip()
			})
		})
		c.events = append(c.events, e)
		return err
	})
}

func readObject(r *strictjson.Reader) (json.RawMessage, error) {
	if r.Kind() != '{' {
		return nil, errors.New("want an object")
	}
	return r.Raw()
}

// readAudience reads a string or an array of strings.
func readAudience(r *strictjson.Reader) (out []string, err error) {
	if r.Kind() == '"' {
		s, err := r.String()
		return []string{s}, err
	}
	const most = 64
	_, err = r.Array(most, func(int) error {
		s, err := r.String()
		out = append(out, s)
		return err
	})
	return out, err
}

package sdjwt

import (
	"fmt"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// readCredential reads the claims of a vc+sd-jwt that are the credential's, and
// compares those beside it: they may not say something else of it.
func (c *claims) readCredential(text []byte) error {
	if c.url != "" {
		if c.iss != "" && c.iss != c.url {
			return fmt.Errorf("%w: iss is %.80q, issuer %.80q", vc.ErrClaims, c.iss, c.url)
		}
		c.iss = ""
	}
	credential, err := vc.ParseUnverified(text)
	if err != nil {
		return err
	}
	if credential.IsV1() {
		return fmt.Errorf("%w: a %s holds Data Model 2.0", vc.ErrContext, W3C)
	}
	c.credential, c.status = credential, credential.Status
	if c.iss == "" {
		c.iss = credential.Issuer.String()
	}
	subject := ""
	if len(credential.Subject) == 1 {
		subject = credential.Subject[0].ID
	}
	for _, pair := range []struct{ claim, value, member string }{
		{"iss", c.iss, credential.Issuer.String()},
		{"jti", c.jti, credential.ID},
		{"sub", c.sub, subject},
	} {
		if pair.value != "" && pair.value != pair.member {
			return fmt.Errorf("%w: %s is %.80q, the credential says %.80q", vc.ErrClaims, pair.claim, pair.value, pair.member)
		}
	}
	if err := mergeTime("nbf", &c.nbf, credential.ValidFrom); err != nil {
		return err
	}
	return mergeTime("exp", &c.exp, credential.ValidUntil)
}

// mergeTime compares a claim to a member, to the second since one of the two may
// have a fraction, and fills in the claim.
func mergeTime(name string, claim *time.Time, member time.Time) error {
	switch {
	case claim.IsZero():
		*claim = member
	case member.IsZero() || claim.Unix() != member.Unix():
		return fmt.Errorf("%w: %s is %s, the credential says otherwise", vc.ErrClaims, name, claim.Format(time.RFC3339))
	}
	return nil
}

// standIn writes the issuer of a credential whose signing key the caller named.
// It may be a URL that is no DID, which is the caller's to judge; some DID stands
// in for it so that the rest can be read.
func (c *claims) standIn(raw []byte) ([]byte, error) {
	if raw[0] != '"' {
		return raw, nil
	}
	err := strictjson.Read(raw, len(raw), func(r *strictjson.Reader) (err error) {
		c.url, err = r.String()
		return err
	})
	if _, bad := did.Parse(c.url); err != nil || bad == nil || strings.HasPrefix(c.url, "did:") {
		c.url = ""
		return raw, err
	}
	return []byte(`"did:example:issuer"`), nil
}

package attest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

const (
	typStatement      = "agent-manifest+jwt"
	maxStatementBytes = 32 << 10
)

var statementKind = jose.Kind{Typ: typStatement}

var (
	// ErrStatement is returned for a statement that is malformed, or about another
	// agent or for another audience.
	ErrStatement = errors.New("attest: statement")
	// ErrAttester is returned for a statement of nobody the verifier trusts, or of
	// an agent about itself.
	ErrAttester = errors.New("attest: attester is not trusted")
	// ErrConfig is returned for an attestor that would trust nobody or nothing.
	ErrConfig = errors.New("attest: configuration")
)

// Statements is an attestor: an attester that the verifier trusts states which
// manifest an agent is of.
type Statements struct {
	attesters []did.DID
	resolver  did.Resolver
}

// NewStatements returns the attestor that believes these attesters. The resolver
// finds the keys of those that are no did:key; nil where all are.
func NewStatements(attesters []did.DID, resolver did.Resolver) (*Statements, error) {
	if len(attesters) == 0 {
		return nil, fmt.Errorf("%w: no attesters", ErrConfig)
	}
	for _, a := range attesters {
		if a.IsZero() {
			return nil, fmt.Errorf("%w: an attester that is the zero DID", ErrConfig)
		}
	}
	return &Statements{slices.Clone(attesters), resolver}, nil
}

// statement is the payload of a statement.
type statement struct {
	Issuer   string `json:"iss"`
	Agent    string `json:"sub"`
	Audience string `json:"aud"`
	Manifest string `json:"manifest"`
	IssuedAt int64  `json:"iat"`
}

// State signs that an agent is, now, of the manifest with this digest, for one
// audience. It is for the attester, who must know it and not take the agent's word
// for it. A verifier takes a statement for five minutes.
func State(attester *did.Signer, agent did.DID, audience, manifest string, now time.Time) (string, error) {
	switch {
	case attester == nil || attester.DID() == agent || agent.IsZero():
		return "", fmt.Errorf("%w: %s about itself", ErrAttester, agent)
	case !multikey.IsDigest(manifest):
		return "", fmt.Errorf("%w: manifest %.60q is not a SHA-256 digest", ErrStatement, manifest)
	}
	payload, err := json.Marshal(statement{attester.DID().String(), agent.String(), audience, manifest, now.Unix()})
	if err != nil {
		return "", err
	}
	h := jose.Header{Alg: attester.Key().Algorithm(), Typ: typStatement, Kid: attester.Method()}
	return jose.Sign(h, payload, attester.Sign)
}

// Attest verifies a statement.
func (s *Statements) Attest(ctx context.Context, e delegation.Evidence) (delegation.Attested, error) {
	t, c, err := parseStatement(e.Token)
	if err != nil {
		return delegation.Attested{}, fmt.Errorf("%w: %w", ErrStatement, err)
	}
	i := slices.IndexFunc(s.attesters, func(d did.DID) bool { return d.String() == c.Issuer })
	switch {
	case i < 0 || s.attesters[i] == e.Agent:
		return delegation.Attested{}, fmt.Errorf("%w: %.120q", ErrAttester, c.Issuer)
	case c.Agent != e.Agent.String():
		return delegation.Attested{}, fmt.Errorf("%w: about %.120q, not %s", ErrStatement, c.Agent, e.Agent)
	case c.Audience != e.Audience:
		return delegation.Attested{}, fmt.Errorf("%w: for %.120q, not %q", ErrStatement, c.Audience, e.Audience)
	}
	key, err := did.FindKey(ctx, s.resolver, s.attesters[i], t.Header.Kid, did.AssertionMethod)
	if err != nil {
		return delegation.Attested{}, err
	}
	if err := key.Verify(t.Header.Alg, t.Input, t.Signature); err != nil {
		return delegation.Attested{}, err
	}
	return delegation.Attested{Manifest: c.Manifest, At: time.Unix(c.IssuedAt, 0)}, nil
}

// parseStatement checks the form of a statement: exactly the five claims.
func parseStatement(token string) (*jose.Token, statement, error) {
	var c statement
	t, err := jose.Parse(token, maxStatementBytes, statementKind)
	if err != nil {
		return nil, c, err
	}
	seen := 0
	err = strictjson.Read(t.Payload, len(t.Payload), func(r *strictjson.Reader) error {
		return r.Object(func(name string) (err error) {
			seen++
			switch name {
			case "iss":
				c.Issuer, err = r.String()
			case "sub":
				c.Agent, err = r.String()
			case "aud":
				c.Audience, err = r.String()
			case "manifest":
				c.Manifest, err = r.String()
			case "iat":
				c.IssuedAt, err = r.Int()
			default:
				err = fmt.Errorf("claim %.40q has no place in a statement", name)
			}
			return err
		})
	})
	switch {
	case err != nil:
		return nil, c, err
	case seen != 5:
		return nil, c, errors.New("want iss, sub, aud, manifest and iat")
	case !multikey.IsDigest(c.Manifest):
		return nil, c, fmt.Errorf("manifest %.60q is not a SHA-256 digest", c.Manifest)
	}
	return t, c, nil
}

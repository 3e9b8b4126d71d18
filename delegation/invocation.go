package delegation

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// The bounds of an invocation (docs/spec.md section 6).
const (
	maxInvocationBytes = 32 << 10
	maxInvocationLife  = 60 // seconds
	saltSize           = 16
)

const typInvocation = "agent-invocation+jwt"

var invocationKind = jose.Kind{Typ: typInvocation}

// Reason is an agent's stated reason, of which an invocation carries a salted
// digest only.
type Reason struct {
	Code string // for machines
	Text string // for people; never sent
}

// Invocation is what an invocation says. By itself it is unverified; that of an
// [Authorization] is not.
type Invocation struct {
	Digest       string // of the token's exact bytes
	Agent        did.DID
	Audience     string
	ID           string // jti
	Leaf         string // cap: digest of the leaf link
	Action       string
	Resource     string
	IssuedAt     time.Time
	ExpiresAt    time.Time
	Salt         []byte // with which the digests of this exchange are made
	Reason       string // code of the stated reason, empty where there is none
	ReasonDigest string // salted digest of its text
}

// ParseInvocation reads an invocation without verifying it: for a report, or for
// finding the chain that it belongs to.
func ParseInvocation(token string) (Invocation, error) {
	inv, err := parseInvocation(token)
	if err != nil {
		return Invocation{}, &Refusal{Rule: ErrInvocation, Link: noLink, Err: err}
	}
	agent, err := did.Parse(inv.issuer)
	if err != nil {
		return Invocation{}, &Refusal{Rule: ErrInvocation, Link: noLink, Err: err}
	}
	return inv.public(agent), nil
}

func (inv *invocation) public(agent did.DID) Invocation {
	out := Invocation{
		Digest: inv.digest, Agent: agent, Audience: inv.audience, ID: inv.id, Leaf: inv.leaf,
		Action: inv.action, Resource: inv.resource, Salt: slices.Clone(inv.salt),
		IssuedAt: seconds(inv.issuedAt), ExpiresAt: seconds(inv.expiresAt),
	}
	if inv.reason != nil {
		out.Reason, out.ReasonDigest = inv.reason.Code, inv.reason.Digest
	}
	return out
}

// invocation is the leaf agent's statement that it acts. Its form was checked,
// nothing else.
type invocation struct {
	token  *jose.Token
	digest string // of the token's exact bytes

	issuer    string
	audience  string
	issuedAt  int64
	expiresAt int64
	id        string
	leaf      string // cap: digest of the leaf link
	action    string
	resource  string
	salt      []byte
	args      string // salted digest of the arguments
	reason    *reasonDigest

	approvals []shownApproval // shown beside it

	http     HTTP
	httpErr  error // rule 14 reports it
	httpSeen int   // how many of the three claims are there
}

// reasonDigest is the claim why.
type reasonDigest struct {
	Code   string `json:"code"`
	Digest string `json:"digest"`
}

// parseInvocation checks the form of an invocation (rule 13).
func parseInvocation(token string) (*invocation, error) {
	t, err := jose.Parse(token, maxInvocationBytes, invocationKind)
	if err != nil {
		return nil, err
	}
	inv := &invocation{token: t, digest: multikey.Digest(t.Raw)}
	var seen names
	err = strictjson.Read(t.Payload, len(t.Payload), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			seen.add(name)
			return inv.readClaim(r, name)
		})
	})
	if err != nil {
		return nil, err
	}
	if err := seen.require("iss", "aud", "iat", "exp", "jti", "cap", "act", "res", "salt", "args"); err != nil {
		return nil, err
	}
	if life := inv.expiresAt - inv.issuedAt; life <= 0 || life > maxInvocationLife {
		return nil, fmt.Errorf("exp is %d s after iat, want 1 to %d", life, maxInvocationLife)
	}
	return inv, nil
}

func (inv *invocation) readClaim(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "iss":
		inv.issuer, err = readText(r, name)
	case "aud":
		inv.audience, err = readText(r, name)
	case "iat":
		inv.issuedAt, err = readSeconds(r, name)
	case "exp":
		inv.expiresAt, err = readSeconds(r, name)
	case "jti":
		inv.id, err = readID(r, name)
	case "cap":
		inv.leaf, err = readDigest(r, name)
	case "act":
		inv.action, err = r.String()
	case "res":
		inv.resource, err = r.String()
	case "salt":
		inv.salt, err = readSalt(r, name)
	case "args":
		inv.args, err = readDigest(r, name)
	case "why":
		inv.reason, err = readReason(r)
	case "htm", "htu", "cd":
		err = inv.readHTTP(r, name)
	default:
		err = unknown(name, "an invocation")
	}
	return err
}

// readHTTP reads one of the claims that bind to an HTTP request. What is wrong
// with one is for rule 14 to report.
func (inv *invocation) readHTTP(r *strictjson.Reader, name string) error {
	inv.httpSeen++
	if r.Kind() != '"' {
		inv.httpErr = fmt.Errorf("%s is not a string", name)
		return r.Skip()
	}
	s, err := r.String()
	switch name {
	case "htm":
		inv.http.Method = s
	case "htu":
		inv.http.URL = s
	case "cd":
		inv.http.Digest = s
	}
	return err
}

func readReason(r *strictjson.Reader) (*reasonDigest, error) {
	w := new(reasonDigest)
	var seen names
	err := r.Object(func(name string) (err error) {
		seen.add(name)
		switch name {
		case "code":
			w.Code, err = readText(r, name)
		case "digest":
			w.Digest, err = readDigest(r, name)
		default:
			err = unknown(name, "why")
		}
		return err
	})
	if err == nil {
		err = seen.require("code", "digest")
	}
	return w, err
}

// readSeconds reads whole seconds since 1970.
func readSeconds(r *strictjson.Reader, name string) (int64, error) {
	n, err := r.Int()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	if n < 0 || n > 253402300799 {
		return 0, fmt.Errorf("%s %d is not seconds since 1970", name, n)
	}
	return n, nil
}

// readID reads a jti: 16 to 64 characters of base64url's alphabet.
func readID(r *strictjson.Reader, name string) (string, error) {
	s, err := r.String()
	if err == nil && !isInvocationID(s) {
		err = fmt.Errorf("%s %.80q, want 16 to 64 characters A-Z a-z 0-9 _ -", name, s)
	}
	return s, err
}

func isInvocationID(s string) bool {
	if len(s) < 16 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}

func readDigest(r *strictjson.Reader, name string) (string, error) {
	s, err := r.String()
	if err == nil && !multikey.IsDigest(s) {
		err = fmt.Errorf("%s %.60q is not a SHA-256 digest", name, s)
	}
	return s, err
}

func readSalt(r *strictjson.Reader, name string) ([]byte, error) {
	s, err := r.String()
	if err != nil {
		return nil, err
	}
	salt, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(salt) != saltSize || base64.RawURLEncoding.EncodeToString(salt) != s {
		return nil, fmt.Errorf("%s is not the base64url of %d bytes", name, saltSize)
	}
	return salt, nil
}

// saltedDigest is the digest over the salt's bytes followed by data.
func saltedDigest(salt, data []byte) string {
	h := sha256.New()
	h.Write(salt)
	h.Write(data)
	return multikey.EncodeDigest([sha256.Size]byte(h.Sum(nil)))
}

// seconds returns the time of a claim.
func seconds(n int64) time.Time { return time.Unix(n, 0).UTC() }

package attest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// maxResultBytes bounds an attestation result.
const maxResultBytes = 256 << 10

// nonceStep is how long a nonce is the one to use, and nonceSteps how many of
// them back are looked at: a little longer than evidence may be old.
const (
	nonceStep  = time.Minute
	nonceSteps = 6
)

// ErrResult is returned for an attestation result that does not affirm the agent.
var ErrResult = errors.New("attest: attestation result")

// profiles are the versions of the EAR profile that are understood: those with the
// claim names ear_status, ear_verifier_id and so on.
var profiles = []string{"tag:ietf.org,2026:rats/ear#03", "tag:ietf.org,2026:rats/ear#04", "tag:ietf.org,2026:rats/ear#05"}

// Results is an attestor: attestation results in the EAR format
// (draft-ietf-rats-ear), which is an Entity Attestation Token (RFC 9711) as a JWT. A
// RATS verifier (RFC 9334, here called the appraiser) appraised what the hardware
// measured against its policies, and signed the result.
//
// A result is believed when an appraiser's key signed it; its eat_nonce, which the
// agent had its hardware measure with, is [Nonce] of this agent, this audience and
// a recent minute; every submodule, and the whole where it says so, is affirming,
// with no claim of its trustworthiness vector in a worse tier; and the appraisal
// policies it names are those of one manifest. Nested results and detached
// submodules are refused. As in every attestation without a challenge, an owner of
// the hardware could have measured ahead of time with the nonce of a minute to
// come.
type Results struct {
	appraisers []did.Key
	policies   map[string]string
}

// NewResults returns the attestor that believes these appraisers' keys. Policies
// maps the appraisal policies that they use to the manifest whose reference values
// the policy holds; a result that names another one is refused.
func NewResults(appraisers []did.Key, policies map[string]string) (*Results, error) {
	if len(appraisers) == 0 || len(policies) == 0 {
		return nil, fmt.Errorf("%w: want appraisers and policies", ErrConfig)
	}
	for _, k := range appraisers {
		if k.Type() == "" {
			return nil, fmt.Errorf("%w: an appraiser without a key", ErrConfig)
		}
	}
	for id, manifest := range policies {
		if id == "" || !multikey.IsDigest(manifest) {
			return nil, fmt.Errorf("%w: policy %.80q of manifest %.60q", ErrConfig, id, manifest)
		}
	}
	return &Results{slices.Clone(appraisers), maps.Clone(policies)}, nil
}

// Nonce returns what an agent has its hardware measure with, for one audience: the
// base64url of SHA-256 over a fixed text, the agent, the audience and the minute of
// t. It is eat_nonce in the attestation result.
func Nonce(agent did.DID, audience string, t time.Time) string {
	h := sha256.New()
	for _, text := range []string{"taper evidence nonce v1", agent.String(), audience} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(text))))
		h.Write([]byte(text))
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(t.Unix()/int64(nonceStep/time.Second))))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Attest verifies an attestation result.
func (s *Results) Attest(_ context.Context, e delegation.Evidence) (delegation.Attested, error) {
	t, r, err := parseResult(e.Token)
	if err != nil {
		return delegation.Attested{}, fmt.Errorf("%w: %w", ErrResult, err)
	}
	if err := s.checkSignature(t); err != nil {
		return delegation.Attested{}, err
	}
	minute, ok := r.minute(e)
	switch {
	case !ok:
		return delegation.Attested{}, fmt.Errorf("%w: its nonce is not of this agent, audience and the last minutes", ErrResult)
	case r.expiresAt != 0 && !e.Now.Add(-e.Skew).Before(time.Unix(r.expiresAt, 0)):
		return delegation.Attested{}, fmt.Errorf("%w: expired", ErrResult)
	case r.notBefore != 0 && e.Now.Add(e.Skew).Before(time.Unix(r.notBefore, 0)):
		return delegation.Attested{}, fmt.Errorf("%w: not valid yet", ErrResult)
	case time.Unix(r.issuedAt, 0).After(e.Now.Add(e.Skew)):
		return delegation.Attested{}, fmt.Errorf("%w: issued later than now", ErrResult)
	}
	manifest, err := s.manifest(r)
	if err != nil {
		return delegation.Attested{}, fmt.Errorf("%w: %w", ErrResult, err)
	}
	at := time.Unix(r.issuedAt, 0)
	if minute.Before(at) {
		at = minute
	}
	return delegation.Attested{Manifest: manifest, At: at}, nil
}

// checkSignature: one of the appraisers signed. Results need not name their key.
func (s *Results) checkSignature(t *jose.Token) error {
	err := fmt.Errorf("%w: alg %.20q is of none of their keys", ErrAttester, t.Header.Alg)
	for _, key := range s.appraisers {
		if !key.HasAlgorithm(t.Header.Alg) {
			continue
		}
		if err = key.Verify(t.Header.Alg, t.Input, t.Signature); err == nil {
			return nil
		}
	}
	return err
}

// minute returns the start of the minute that the nonce is of.
func (r *result) minute(e delegation.Evidence) (time.Time, bool) {
	for i := -1; i < nonceSteps; i++ {
		t := e.Now.Add(-time.Duration(i) * nonceStep)
		if strings.TrimRight(r.nonce, "=") == Nonce(e.Agent, e.Audience, t) {
			step := int64(nonceStep / time.Second)
			return time.Unix(t.Unix()/step*step, 0), true
		}
	}
	return time.Time{}, false
}

// manifest returns the one manifest that the policies of all submodules are of.
func (s *Results) manifest(r *result) (string, error) {
	found := ""
	for _, policy := range r.policies {
		manifest, ok := s.policies[policy]
		switch {
		case !ok:
			return "", fmt.Errorf("appraisal policy %.120q is not configured", policy)
		case found != "" && found != manifest:
			return "", errors.New("its appraisal policies are of different manifests")
		}
		found = manifest
	}
	if found == "" {
		return "", errors.New("it names no appraisal policy")
	}
	return found, nil
}

// result is an attestation result whose form was checked, and that it affirms.
type result struct {
	issuedAt, expiresAt, notBefore int64
	nonce                          string
	policies                       []string
}

// parseResult reads what is understood of an attestation result; what it has
// beside that only adds to it and is passed over.
func parseResult(token string) (*jose.Token, *result, error) {
	t, err := jose.Parse(token, maxResultBytes, jose.Kind{Typ: "JWT", Lax: true}, jose.Kind{Typ: "eat+jwt", Lax: true})
	if err != nil {
		return nil, nil, err
	}
	r := &result{}
	var profile, developer string
	submods := 0
	err = strictjson.Read(t.Payload, len(t.Payload), func(jr *strictjson.Reader) error {
		return jr.Object(func(name string) (err error) {
			switch name {
			case "eat_profile":
				profile, err = jr.String()
			case "iat":
				r.issuedAt, err = readTime(jr)
			case "exp":
				r.expiresAt, err = readTime(jr)
			case "nbf":
				r.notBefore, err = readTime(jr)
			case "eat_nonce":
				r.nonce, err = jr.String()
			case "ear_status":
				err = readAffirming(jr)
			case "ear_verifier_id":
				developer, err = readVerifier(jr)
			case "submods":
				err = jr.Object(func(name string) error {
					submods++
					return named(name, r.readAppraisal(jr))
				})
			default:
				err = jr.Skip()
			}
			return named(name, err)
		})
	})
	switch {
	case err != nil:
		return nil, nil, err
	case !slices.Contains(profiles, profile):
		return nil, nil, fmt.Errorf("profile %.80q, want one of %q", profile, profiles)
	case r.issuedAt == 0 || r.nonce == "" || submods == 0 || developer == "":
		return nil, nil, errors.New("want iat, eat_nonce, ear_verifier_id and submods")
	}
	return t, r, nil
}

func readTime(r *strictjson.Reader) (int64, error) {
	n, err := r.Int()
	if err == nil && (n <= 0 || n > 253402300799) {
		err = fmt.Errorf("%d is not seconds since 1970", n)
	}
	return n, err
}

func readVerifier(r *strictjson.Reader) (developer string, err error) {
	err = r.Object(func(name string) (err error) {
		if name != "developer" {
			return r.Skip()
		}
		developer, err = r.String()
		return err
	})
	return developer, err
}

func readAffirming(r *strictjson.Reader) error {
	s, err := r.String()
	if err == nil && s != "affirming" {
		err = fmt.Errorf("status %.40q", s)
	}
	return err
}

// readAppraisal reads one submodule: it is affirming, and nothing in its
// trustworthiness vector says otherwise.
func (r *result) readAppraisal(jr *strictjson.Reader) error {
	if jr.Kind() != '{' {
		return errors.New("a detached or nested submodule")
	}
	stated := false
	err := jr.Object(func(name string) (err error) {
		switch name {
		case "ear_status":
			stated = true
			err = readAffirming(jr)
		case "ear_trustworthiness_vector":
			err = jr.Object(func(name string) error { return named(name, readTrust(jr)) })
		case "ear_appraisal_policy_ids":
			_, err = jr.Array(64, func(int) error {
				id, err := jr.String()
				r.policies = append(r.policies, id)
				return err
			})
		case "submods":
			err = errors.New("a nested result")
		default:
			err = jr.Skip()
		}
		return err
	})
	if err == nil && !stated {
		err = errors.New("no ear_status")
	}
	return err
}

// readTrust reads one claim of a trustworthiness vector (AR4SI section 3.2): none
// (-1 to 1) and affirming (2 to 31, -32 to -2) pass.
func readTrust(r *strictjson.Reader) error {
	n, err := r.Int()
	if err == nil && (n < -32 || n > 31) {
		err = fmt.Errorf("trust claim %d is not affirming", n)
	}
	return err
}

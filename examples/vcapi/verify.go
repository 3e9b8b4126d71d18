package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/taperid/taper/vc"
)

// verifyOptions are the options of a request.
type verifyOptions struct {
	Checks            []string
	Challenge, Domain string
}

// verifyCredential answers POST /credentials/verify.
func (s *server) verifyCredential(w http.ResponseWriter, r *http.Request) {
	var in struct {
		VerifiableCredential json.RawMessage
		Options              verifyOptions
	}
	if err := readBody(r, &in); err != nil {
		s.answer(w, fmt.Errorf("%w: %w", vc.ErrMalformed, err))
		return
	}
	s.answer(w, s.judge(r, unquote(in.VerifiableCredential), in.Options))
}

// judge verifies a credential. With the proof alone to check, and for an issuer that is
// no DID, so that nothing says whose key it is, the proof alone is checked.
func (s *server) judge(r *http.Request, credential []byte, o verifyOptions) error {
	verify := s.verify(o)
	if _, err := vc.Verify(r.Context(), credential, verify); !errors.Is(err, vc.ErrIssuer) {
		return err
	} else if !slices.Equal(o.Checks, []string{"proof"}) && isDID(issuerOf(credential)) {
		return err
	}
	_, err := vc.VerifyProof(r.Context(), credential, verify)
	return err
}

// issuerOf returns the issuer as an unverified document says.
func issuerOf(credential []byte) string {
	var in struct{ Issuer json.RawMessage }
	_ = json.Unmarshal(credential, &in)
	var object struct{ ID string }
	var text string
	if json.Unmarshal(in.Issuer, &text) != nil {
		_ = json.Unmarshal(in.Issuer, &object)
		text = object.ID
	}
	return text
}

func isDID(text string) bool { return strings.HasPrefix(text, "did:") }

// verifyPresentation answers POST /presentations/verify. A presentation without a proof
// of its own says nothing by itself; its credentials do.
func (s *server) verifyPresentation(w http.ResponseWriter, r *http.Request) {
	var in struct {
		VerifiablePresentation json.RawMessage
		Options                verifyOptions
	}
	if err := readBody(r, &in); err != nil {
		s.answer(w, fmt.Errorf("%w: %w", vc.ErrMalformed, err))
		return
	}
	o := in.Options
	p, err := vc.VerifyPresentation(r.Context(), unquote(in.VerifiablePresentation), vc.PresentationOptions{
		Challenge: o.Challenge, Domain: o.Domain, Unbound: o.Challenge == "" || o.Domain == "", Unsigned: true,
		VerifyOptions: s.verify(o),
	})
	if err == nil && p.Holder().IsZero() && len(p.Credentials()) == 0 {
		err = fmt.Errorf("%w: no proof, and no credentials", vc.ErrFormat)
	}
	s.answer(w, err)
}

// unquote takes a JWT out of its JSON string. A document that is written as a string is
// none.
func unquote(raw json.RawMessage) []byte {
	var text string
	if json.Unmarshal(raw, &text) == nil && strings.Count(text, ".") == 2 && !strings.ContainsAny(text, "{\" \n") {
		return []byte(text)
	}
	return raw
}

// verify returns what is checked. With checks that do not name credentialStatus the
// status is not looked at.
func (s *server) verify(o verifyOptions) vc.VerifyOptions {
	out := vc.VerifyOptions{AnyIssuer: true, Now: s.Now(), Contexts: s.contexts, Resources: s.Resources}
	if len(o.Checks) > 0 && !slices.Contains(o.Checks, "credentialStatus") {
		out.IgnoreStatus = true
		return out
	}
	out.Status = s.lists.checker()
	return out
}

func (s *server) answer(w http.ResponseWriter, err error) {
	if err == nil {
		reply(w, http.StatusOK, map[string]bool{"verified": true})
		return
	}
	reply(w, http.StatusBadRequest, struct {
		Verified bool      `json:"verified"`
		Problems []problem `json:"problemDetails"`
	}{false, []problem{newProblem(err)}})
}

// Package sdjwt issues, presents and verifies credentials of which the holder
// shows only what it must: SD-JWT (RFC 9901) as an SD-JWT VC (`dc+sd-jwt`), and as
// VC-JOSE-COSE secures Data Model 2.0 with it (`vc+sd-jwt`).
//
// An issuer calls [Issue] with JSON pointers (RFC 6901) to what may be left out.
// A holder, such as an agent before it calls a tool, asks [Paths] what it may
// leave out and calls [Present] with what it shows. A verifier calls [Verify]: bytes
// go in, a [Verified] value comes out that has the claims shown and no others, and
// nothing outside the package can make one. It
//
//  1. bounds the input, and reads it as strict JSON and strict JOSE;
//  2. puts every disclosure in the place of its digest, once, and refuses one that
//     has no place, a digest that stands twice, and a claim that would overwrite another;
//  3. checks the claims, those that restrict being always shown;
//  4. checks that the caller trusts the issuer, before anything is resolved;
//  5. checks the signature, by a key of the issuer for assertionMethod, and that the
//     caller takes this type of credential;
//  6. checks the time;
//  7. checks that the holder's key signed this very selection for this verifier and
//     this nonce, just now;
//  8. asks for the status of a credential that has one.
//
// A holder may also sign a presentation of several credentials, parts of which can
// be left out when it is passed on: [SignPresentation] and [VerifyPresentation].
//
// Errors wrap a sentinel of this package, or of package vc where the matter is not
// one of selective disclosure.
package sdjwt

import (
	"errors"

	"github.com/taperid/taper/vc"
)

// The formats.
const (
	VC  vc.Format = "dc+sd-jwt" // SD-JWT VC: claims with a vct
	W3C vc.Format = "vc+sd-jwt" // VC-JOSE-COSE section 3.2.1: a credential of Data Model 2.0
	VP  vc.Format = "vp+sd-jwt" // VC-JOSE-COSE section 3.2.2: a presentation of credentials
)

// MaxDisclosures is the most disclosures that one credential may come with.
const MaxDisclosures = 512

// Sentinels: what was wrong.
var (
	// ErrForm is returned for what is not an SD-JWT in its compact form: a JWS and
	// disclosures, each followed by a tilde, and perhaps a key binding JWT.
	ErrForm = errors.New("sdjwt: malformed")
	// ErrDisclosure is returned for a disclosure that is malformed, there twice, of
	// another kind than its place, or without a place.
	ErrDisclosure = errors.New("sdjwt: disclosure")
	// ErrDigest is returned for a digest that is malformed, or stands twice.
	ErrDigest = errors.New("sdjwt: digest")
	// ErrHash is returned for an _sd_alg other than sha-256.
	ErrHash = errors.New("sdjwt: unsupported _sd_alg")
	// ErrOverwrite is returned for a disclosed claim whose name its object has already.
	ErrOverwrite = errors.New("sdjwt: a disclosure overwrites a claim")
	// ErrReserved is returned for the names _sd, _sd_alg and ... in another place
	// than theirs.
	ErrReserved = errors.New("sdjwt: reserved name")
	// ErrAlwaysShown is returned for a claim that restricts the credential and is
	// selectively disclosable all the same: a holder would leave it out.
	ErrAlwaysShown = errors.New("sdjwt: claim must not be selectively disclosable")
	// ErrPath is returned for a path that names nothing that may be left out.
	ErrPath = errors.New("sdjwt: no such disclosure")
	// ErrType is returned for a credential without a type, or of one that the
	// verifier does not take.
	ErrType = errors.New("sdjwt: type of credential")
	// ErrConfirmation is returned for a cnf that names no one usable key.
	ErrConfirmation = errors.New("sdjwt: cnf")
	// ErrBinding is returned where the holder's proof is missing, malformed, for
	// another verifier, nonce or selection, or too old.
	ErrBinding = errors.New("sdjwt: key binding")
)

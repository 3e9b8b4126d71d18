package vc

import "errors"

// Sentinels: what was wrong. Errors of this package wrap one of these, or one of
// package did where a key or a signature is at fault.
var (
	// ErrSize is returned for input over its limit, before anything reads it.
	ErrSize = errors.New("vc: too large")
	// ErrMalformed is returned for what is not strict JSON or strict JOSE form.
	ErrMalformed = errors.New("vc: malformed")
	// ErrTyp is returned for a token of another kind, such as a presentation
	// where a credential is wanted.
	ErrTyp = errors.New("vc: wrong kind of token")
	// ErrFormat is returned for a securing mechanism that is not supported.
	ErrFormat = errors.New("vc: unsupported securing mechanism")
	// ErrContext is returned for an @context that is not that of a credential.
	ErrContext = errors.New("vc: @context")
	// ErrJSONLD is returned for a document that says something which a proof over
	// its RDF would not sign, such as an undefined term.
	ErrJSONLD = errors.New("vc: JSON-LD not safe to sign")
	// ErrType is returned for a type that is not that of a credential, or of a
	// part of one.
	ErrType = errors.New("vc: type")
	// ErrModel is returned for content that breaks another rule of the data model.
	ErrModel = errors.New("vc: data model")
	// ErrRelated is returned for a digest in relatedResource that is not that of
	// the resource at hand.
	ErrRelated = errors.New("vc: digest of a related resource")
	// ErrClaims is returned for a JWT claim that contradicts the credential beside
	// it, or may not stand there.
	ErrClaims = errors.New("vc: claims disagree")
	// ErrAlg is returned for an algorithm that is not the signing key's.
	ErrAlg = errors.New("vc: alg is not the key's")
	// ErrKey is returned where the token names no usable key.
	ErrKey = errors.New("vc: no usable key")
	// ErrProof is returned for an embedded proof of the wrong form.
	ErrProof = errors.New("vc: malformed proof")
	// ErrPurpose is returned for a proof that was made for something else.
	ErrPurpose = errors.New("vc: wrong proofPurpose")
	// ErrSignature is returned for a signature that does not verify.
	ErrSignature = errors.New("vc: wrong signature")
	// ErrIssuer is returned where the key that signed may not speak for the issuer.
	ErrIssuer = errors.New("vc: key is not the issuer's")
	// ErrUntrusted is returned for an issuer that the caller does not trust.
	ErrUntrusted = errors.New("vc: issuer is not trusted")
	// ErrTime is returned for a time that is malformed or contradicts another.
	ErrTime = errors.New("vc: malformed time")
	// ErrNotYetValid is returned before validFrom.
	ErrNotYetValid = errors.New("vc: not yet valid")
	// ErrExpired is returned from validUntil on.
	ErrExpired = errors.New("vc: expired")
	// ErrStatusEntry is returned for a credentialStatus that is malformed.
	ErrStatusEntry = errors.New("vc: malformed credentialStatus")
	// ErrStatus is returned where a status says that the credential is revoked or
	// suspended, or where nobody can say.
	ErrStatus = errors.New("vc: status")
	// ErrRevoked and ErrSuspended are returned, with ErrStatus, where a status says
	// that one of them.
	ErrRevoked   = errors.New("revoked")
	ErrSuspended = errors.New("suspended")
	// ErrHolder is returned for a presentation that its holder did not sign.
	ErrHolder = errors.New("vc: holder is not the signer")
	// ErrChallenge is returned for a presentation made for another challenge.
	ErrChallenge = errors.New("vc: wrong challenge")
	// ErrDomain is returned for a presentation made for another verifier.
	ErrDomain = errors.New("vc: wrong domain")
	// ErrOptions is returned for options that check nothing, or contradict.
	ErrOptions = errors.New("vc: options")
)

// Package revocation says whether a credential is still in force, offline: it
// reads, checks, makes and signs status lists (StatusList2021 and Bitstring
// Status List v1.0), and reads the IETF's Token Status List.
//
// A verifier gives a [Checker] to package vc or delegation. For every entry of a
// credential the Checker
//
//  1. checks the entry: a known type and purpose, a decimal index, an absolute
//     https URL without fragment;
//  2. takes the list credential of that URL from its [Source], or one that was
//     handed over by Offer, and verifies it as any credential: bounds, proof,
//     signer. Only the signers that the request names count;
//  3. checks that it is a list of the entry's kind and purpose whose id is the
//     entry's URL, and that it has no status of its own;
//  4. remembers it by URL and signer. An older list than the one held is passed
//     over, other signed content at the same validFrom refuses;
//  5. checks its age, counted from validFrom and never from receipt: validFrom <=
//     now + skew, now - validFrom <= the most that policy and request allow,
//     validUntil later than now - skew;
//  6. looks the index up. A revocation that was seen stays, whatever later lists
//     say.
//
// The worst entry wins, and each entry's value is told. Nothing in this package
// reads a clock, keeps a verdict, or does input or output; [Bundle] is the Source
// that holds lists in memory.
//
// What that promises: a revocation published at time t is honoured by every
// verifier from t + MaxStaleness + both clocks' skew on, even against a holder
// who supplies the oldest list it can find.
package revocation

import (
	"errors"
	"fmt"
)

// The purposes that are understood (Bitstring Status List section 2.1; guarded is
// our own).
const (
	Revocation = "revocation" // for good
	Suspension = "suspension" // until it is lifted
	Guarded    = "guarded"    // narrowed until it is lifted
	Refresh    = "refresh"    // there is a newer credential; this one stays in force
	Message    = "message"    // a value with a meaning of its own; the credential stays in force
)

// Sentinels: why a status cannot be told. That a credential is revoked is an
// answer, not an error.
var (
	// ErrEntry is returned for a status entry that is malformed or of a type that
	// is not understood, and for one that an Issuer did not make.
	ErrEntry = errors.New("revocation: status entry")
	// ErrPurpose is returned for a purpose that is not understood, or that the list
	// does not have.
	ErrPurpose = errors.New("revocation: purpose")
	// ErrURL is returned for the URL of a list that is not absolute https without
	// user and fragment, or that is not the id of the list found there.
	ErrURL = errors.New("revocation: list URL")
	// ErrMissing is returned where there is no list for an entry.
	ErrMissing = errors.New("revocation: no list")
	// ErrSigner is returned for a list that no allowed signer signed.
	ErrSigner = errors.New("revocation: list is not by an allowed signer")
	// ErrList is returned for a credential that is not a well-formed status list
	// of the wanted kind.
	ErrList = errors.New("revocation: not a status list")
	// ErrEncoding is returned for an encodedList that is not the base64 of one
	// whole gzip member.
	ErrEncoding = errors.New("revocation: encodedList")
	// ErrSize is returned for input over its limit, and, as ErrLength, for a list
	// with too few entries.
	ErrSize = errors.New("revocation: size")
	// ErrLength is returned for a list with fewer than 131,072 entries.
	ErrLength = fmt.Errorf("%w: too few entries", ErrSize)
	// ErrRange is returned for an index that the list does not have.
	ErrRange = errors.New("revocation: index out of range")
	// ErrStale is returned for a list that is older than allowed.
	ErrStale = errors.New("revocation: list is too old")
	// ErrNotYetValid is returned for a list from the future.
	ErrNotYetValid = errors.New("revocation: list is not yet valid")
	// ErrExpired is returned for a list past its validUntil.
	ErrExpired = errors.New("revocation: list has expired")
	// ErrEquivocation is returned where one signer signed two different lists for
	// one URL and one time.
	ErrEquivocation = errors.New("revocation: two lists of one time")
	// ErrFull is returned where bounded memory has no room for what must not be
	// forgotten.
	ErrFull = errors.New("revocation: memory is full")
	// ErrPolicy is returned for a configuration or a request that bounds nothing
	// or contradicts itself.
	ErrPolicy = errors.New("revocation: policy")
	// ErrFinal is returned for an attempt to take a revocation back.
	ErrFinal = errors.New("revocation: a revocation is final")
	// ErrConflict is returned where somebody else changed a Store first.
	ErrConflict = errors.New("revocation: somebody else was first")
	// ErrRetired is returned for a list whose credentials have all ended.
	ErrRetired = fmt.Errorf("%w: it is retired", ErrMissing)
	// ErrTooSoon is returned where a list was already published for this second
	// or a later one.
	ErrTooSoon = errors.New("revocation: published too soon")
)

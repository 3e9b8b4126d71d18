package vc

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
)

// Mode is the graded state that status lists put a credential in; of several
// entries the worst wins. The zero Mode is no answer and refuses.
type Mode uint8

// The modes, from good to bad.
const (
	Normal Mode = iota + 1
	// Guarded narrows: a task credential allows only what its authority has left
	// for this mode. For any other credential it changes nothing.
	Guarded
	// Suspended refuses until the operator lets the credential back.
	Suspended
	// Revoked refuses for good.
	Revoked
)

// String returns the name of the mode in lower case.
func (m Mode) String() string {
	if names := [...]string{"none", "normal", "guarded", "suspended", "revoked"}; int(m) < len(names) {
		return names[m]
	}
	return "mode " + strconv.Itoa(int(m))
}

// StatusEntry is one entry of a credentialStatus, as the credential states it
// (StatusList2021 section 4.1, Bitstring Status List section 2.1).
type StatusEntry struct {
	ID      string // optional
	Type    string // StatusList2021Entry, BitstringStatusListEntry
	Purpose string // revocation, suspension, guarded
	Index   string // decimal
	List    string // URL of the status list credential
	Size    int    // bits an entry, 0 where it is not stated
}

// StatusRequest is what a verifier asks of a StatusChecker about one credential.
type StatusRequest struct {
	Credential string        // digest of the credential; names it from one call to the next
	Issuer     did.DID       // of the credential
	Entries    []StatusEntry // all that the credential has
	Signers    []did.DID     // who may sign the lists; nobody else may
	Now        time.Time     // the verifier's clock
	Skew       time.Duration // how far clocks may differ
	MaxAge     time.Duration // how old a list may be; 0 leaves it to the checker
}

// Status is what the lists say of one credential.
type Status struct {
	Mode  Mode
	AsOf  time.Time // of the oldest list that was needed: its validFrom
	Lists []string  // digests of the list credentials
}

// StatusChecker answers whether a credential is in force. It answers for every
// entry or returns an error; an entry that it does not understand is an error.
type StatusChecker interface {
	CheckStatus(ctx context.Context, req StatusRequest) (Status, error)
}

// readStatus reads a credentialStatus: an object or a non-empty array of them.
func readStatus(r *strictjson.Reader) ([]StatusEntry, error) {
	var out []StatusEntry
	err := readObjects(r, "credentialStatus", func(raw []byte) error {
		e, err := parseStatusEntry(raw)
		out = append(out, e)
		return err
	})
	if err != nil {
		return nil, wrap(ErrStatusEntry, err)
	}
	return out, nil
}

// ParseStatusEntry reads one entry of a credentialStatus. One of the two kinds of
// status list must be whole; of an unknown kind only the type is read.
func ParseStatusEntry(data []byte) (StatusEntry, error) {
	if err := strictjson.Check(data, MaxBytes); err != nil {
		return StatusEntry{}, jsonError(err)
	}
	e, err := parseStatusEntry(data)
	if err != nil {
		return StatusEntry{}, wrap(ErrStatusEntry, err)
	}
	return e, nil
}

func parseStatusEntry(raw []byte) (e StatusEntry, err error) {
	types, err := typesOf(raw, "credentialStatus")
	if err != nil {
		return e, err
	}
	e.Type = types[0]
	if len(types) > 1 || e.Type != "StatusList2021Entry" && e.Type != "BitstringStatusListEntry" {
		return e, nil
	}
	err = strictjson.Read(raw, len(raw), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error { return e.readMember(r, name) })
	})
	if err == nil {
		err = e.check()
	}
	return e, err
}

var statusMembers = foldSet("id", "type", "statusPurpose", "statusListIndex", "statusListCredential", "statusSize",
	"statusMessage", "statusReference")

func (e *StatusEntry) readMember(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "id":
		e.ID, err = readURL(r, name)
	case "statusPurpose":
		e.Purpose, err = r.String()
	case "statusListIndex":
		e.Index, err = r.String()
	case "statusListCredential":
		e.List, err = readURL(r, name)
	case "statusSize":
		var n int64
		if n, err = r.Int(); err == nil && (n < 1 || n > 8) {
			err = fmt.Errorf("%w: statusSize %d, want 1 to 8", ErrStatusEntry, n)
		}
		e.Size = int(n)
	default:
		if known, ok := statusMembers[fold(name)]; ok && known != name {
			return fmt.Errorf("%w: member %.40q, want %q", ErrStatusEntry, name, known)
		}
		err = r.Skip()
	}
	return err
}

// check applies the rules that every entry of a status list has.
func (e *StatusEntry) check() error {
	switch {
	case e.Purpose == "":
		return fmt.Errorf("%w: no statusPurpose", ErrStatusEntry)
	case !isIndex(e.Index):
		return fmt.Errorf("%w: statusListIndex %.40q, want a decimal number", ErrStatusEntry, e.Index)
	case e.List == "":
		return fmt.Errorf("%w: no statusListCredential", ErrStatusEntry)
	case e.ID == e.List:
		return fmt.Errorf("%w: id is the URL of the list", ErrStatusEntry)
	}
	return nil
}

// isIndex reports whether s is 0|[1-9][0-9]{0,18}, which fits 63 bits unless it
// is out of any list's range anyway.
func isIndex(s string) bool {
	if s == "" || len(s) > 19 || s[0] == '0' && len(s) > 1 {
		return false
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

package vc

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
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

	// Messages are the meanings of the values, by value: none, or 2^Size.
	Messages []string
	// References are URLs of material about the status.
	References []string
}

// StatusRequest is what a verifier asks of a StatusChecker about one credential.
type StatusRequest struct {
	Credential string        // digest of what was signed; names the credential from one call to the next
	Issuer     did.DID       // of the credential
	Entries    []StatusEntry // all that the credential has
	Signers    []did.DID     // who may sign the lists; nobody else may
	Now        time.Time     // the verifier's clock
	Skew       time.Duration // how far clocks may differ
	MaxAge     time.Duration // how old a list may be; 0 leaves it to the checker
}

// Status is what the lists say of one credential. The caller must not change the
// slices in it.
type Status struct {
	Mode   Mode
	AsOf   time.Time     // of the oldest list that was needed: its validFrom
	Lists  []string      // digests of the list credentials
	Values []StatusValue // what each entry says, in the order of the entries
}

// StatusValue is what the list says of one entry.
type StatusValue struct {
	Purpose    string
	Value      uint8
	Message    string   // what the value means, where the entry says so
	References []string // of the entry
	AsOf       time.Time
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
	case "statusMessage":
		e.Messages, err = readMessages(r)
	case "statusReference":
		e.References, err = readReferences(r)
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
	if want := 1 << max(e.Size, 1); len(e.Messages) != want && (e.Messages != nil || e.Size > 1) {
		return fmt.Errorf("%w: %d statusMessages, want %d for %d bits", ErrStatusEntry, len(e.Messages), want, max(e.Size, 1))
	}
	return nil
}

// checkStatusIDs refuses two entries of one id, for a credential that was signed as
// RDF. There they are one thing with two indices and two purposes, and the holder of
// a revoked credential could write down which index is of which purpose otherwise.
func (c *Credential) checkStatusIDs() error {
	for i, e := range c.Status {
		if e.ID != "" && slices.ContainsFunc(c.Status[:i], func(other StatusEntry) bool { return other.ID == e.ID }) {
			return fmt.Errorf("%w: two entries with the id %.120q", ErrStatusEntry, e.ID)
		}
	}
	return nil
}

// ParseStatusMessages reads a statusMessage of an entry, or the statusMessages of a
// list, and returns the messages by value. How many there must be is not judged.
func ParseStatusMessages(data []byte) (messages []string, err error) {
	err = strictjson.Read(data, MaxBytes, func(r *strictjson.Reader) error {
		messages, err = readMessages(r)
		return err
	})
	if err != nil {
		return nil, wrap(ErrStatusEntry, err)
	}
	return messages, nil
}

// readMessages reads a statusMessage: one message for each value there may be, in
// any order. It returns them by value.
func readMessages(r *strictjson.Reader) ([]string, error) {
	const most = 1 << 8
	byValue, n := make(map[uint64]string), 0
	_, err := r.Array(most, func(int) error {
		value, message, err := readMessage(r)
		if _, twice := byValue[value]; err == nil && twice {
			err = fmt.Errorf("%w: two messages for status %#x", ErrStatusEntry, value)
		}
		byValue[value] = message
		n++
		return err
	})
	out := make([]string, n)
	for value, message := range byValue {
		if value >= uint64(n) {
			return nil, fmt.Errorf("%w: status %#x among %d messages", ErrStatusEntry, value, n)
		}
		out[value] = message
	}
	return out, err
}

// readMessage reads {"status": "0x1", "message": "..."}; other members are
// allowed.
func readMessage(r *strictjson.Reader) (value uint64, message string, err error) {
	status, seen := "", 0
	err = r.Object(func(name string) (err error) {
		switch name {
		case "status":
			status, err = r.String()
			seen |= 1
		case "message":
			message, err = r.String()
			seen |= 2
		default:
			if f := fold(name); f == fold("status") || f == fold("message") {
				return fmt.Errorf("%w: member %.40q of a statusMessage", ErrStatusEntry, name)
			}
			err = r.Skip()
		}
		return err
	})
	if err != nil {
		return 0, "", err
	}
	digits, ok := strings.CutPrefix(status, "0x")
	value, err = strconv.ParseUint(digits, 16, 8)
	if !ok || err != nil || len(digits) > 2 || seen != 3 {
		return 0, "", fmt.Errorf("%w: statusMessage of status %.20q, want such as 0x1, and a message", ErrStatusEntry, status)
	}
	return value, message, nil
}

// readReferences reads a statusReference: a URL or a non-empty array of them.
func readReferences(r *strictjson.Reader) ([]string, error) {
	out, err := readStrings(r, ErrStatusEntry)
	for _, u := range out {
		if !isURL(u) {
			return nil, fmt.Errorf("%w: statusReference %.80q is not a URL", ErrStatusEntry, u)
		}
	}
	return out, err
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

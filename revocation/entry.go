package revocation

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/taperid/taper/vc"
)

// The types of entries, list credentials and their subjects; the latter are the
// names of the formats.
const (
	entry2021, list2021 = "StatusList2021Entry", "StatusList2021Credential"
	entryBits, listBits = "BitstringStatusListEntry", "BitstringStatusListCredential"
	context2021         = "https://w3id.org/vc/status-list/2021/v1"
	taskCredential      = "AgentTaskCredential"

	// entryToken is the type that ParseTokenEntry gives an entry of an IETF list.
	entryToken = string(TokenStatusList)
)

// entryFormat returns the format of the list that an entry of type t is in.
func entryFormat(t string) (Format, error) {
	switch t {
	case entry2021:
		return StatusList2021, nil
	case entryBits:
		return Bitstring, nil
	case entryToken:
		return TokenStatusList, nil
	}
	return "", fmt.Errorf("%w: type %.60q, want %s or %s", ErrEntry, t, entry2021, entryBits)
}

// checkEntry checks what needs no list to check, and returns the format and the
// index of an entry.
func checkEntry(e *vc.StatusEntry) (Format, uint64, error) {
	format, err := entryFormat(e.Type)
	if err != nil {
		return "", 0, err
	}
	if (format == TokenStatusList) != (e.Purpose == "") {
		return "", 0, fmt.Errorf("%w: %.40q of a %s", ErrPurpose, e.Purpose, format)
	}
	if _, err := modeOf(e.Purpose, 0); err != nil {
		return "", 0, err
	}
	index, err := ParseIndex(e.Index)
	if err != nil {
		return "", 0, err
	}
	switch {
	case e.Size < 0 || e.Size > maxSize || e.Size > 1 && format == StatusList2021:
		err = fmt.Errorf("%w: statusSize %d in a %s", ErrEntry, e.Size, format)
	case e.ID != "" && e.ID == e.List:
		err = fmt.Errorf("%w: id %.120q is the list's", ErrEntry, e.ID)
	case len(e.Messages) != 1<<max(e.Size, 1) && (e.Messages != nil || e.Size > 1 && format == Bitstring):
		err = fmt.Errorf("%w: %d messages for %d bits", ErrEntry, len(e.Messages), e.Size)
	}
	return format, index, err
}

// modeOf returns what a value means for a purpose. Of the purposes that end a
// credential every value but 0 does; in an IETF list, which has none, the types of
// its section 7.1 are understood.
func modeOf(purpose string, value uint8) (vc.Mode, error) {
	mode := vc.Normal
	switch purpose {
	case Revocation:
		mode = vc.Revoked
	case Suspension:
		mode = vc.Suspended
	case Guarded:
		mode = vc.Guarded
	case Refresh, Message:
	case "":
		if value > 2 {
			return 0, fmt.Errorf("%w: status %#x of an IETF list is not understood", ErrPurpose, value)
		}
		if mode = vc.Revoked; value == 2 {
			mode = vc.Suspended
		}
	default:
		return 0, fmt.Errorf("%w: %.40q is not understood", ErrPurpose, purpose)
	}
	if value == 0 {
		mode = vc.Normal
	}
	return mode, nil
}

// checkURL demands an absolute https URL with a host, without user and fragment.
func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURL || !strings.HasPrefix(s, "https://") || u.Hostname() == "" || u.User != nil ||
		strings.Contains(s, "#") {
		return fmt.Errorf("%w: %.120q, want an absolute https URL without user and fragment", ErrURL, s)
	}
	return nil
}

const maxURL = 2048

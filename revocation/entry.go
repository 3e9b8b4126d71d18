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
)

// entryFormat returns the format of the list that an entry of type t is in.
func entryFormat(t string) (Format, error) {
	switch t {
	case entry2021:
		return StatusList2021, nil
	case entryBits:
		return Bitstring, nil
	}
	return "", fmt.Errorf("%w: type %.60q, want %s or %s", ErrEntry, t, entry2021, entryBits)
}

// modeOf returns what a set bit of a purpose means.
func modeOf(purpose string) (vc.Mode, error) {
	switch purpose {
	case Revocation:
		return vc.Revoked, nil
	case Suspension:
		return vc.Suspended, nil
	case Guarded:
		return vc.Guarded, nil
	}
	return 0, fmt.Errorf("%w: %.40q is not understood, want %s, %s or %s", ErrPurpose, purpose, Revocation, Suspension, Guarded)
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

package delegation

import (
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// readStatus reads a credentialStatus. Whatever is wrong with it but its syntax
// is for rule 12 to report.
func (l *link) readStatus(r *strictjson.Reader) error {
	raw, err := r.Raw()
	if err != nil {
		return err
	}
	l.statusErr = strictjson.Read(raw, len(raw), func(r *strictjson.Reader) error {
		if r.Kind() != '[' {
			return l.readStatusEntry(r)
		}
		n, err := r.Array(maxElements, func(int) error { return l.readStatusEntry(r) })
		if err == nil && n == 0 {
			err = fmt.Errorf("credentialStatus is an empty array")
		}
		return err
	})
	return nil
}

// readStatusEntry reads one entry, which has exactly the members of section 4.
func (l *link) readStatusEntry(r *strictjson.Reader) error {
	var e vc.StatusEntry
	var seen names
	err := r.Object(func(name string) (err error) {
		seen.add(name)
		switch name {
		case "id":
			e.ID, err = readURI(r, name)
		case "type":
			e.Type, err = readText(r, name)
		case "statusPurpose":
			e.Purpose, err = readText(r, name)
		case "statusListIndex":
			e.Index, err = readText(r, name)
		case "statusListCredential":
			e.List, err = readURI(r, name)
		case "statusSize":
			e.Size, err = readOne(r, name)
		default:
			err = unknown(name, "an entry of credentialStatus")
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := seen.require("type", "statusPurpose", "statusListIndex", "statusListCredential"); err != nil {
		return err
	}
	if err := checkEntry(e); err != nil {
		return err
	}
	l.status = append(l.status, e)
	return nil
}

func readOne(r *strictjson.Reader, name string) (int, error) {
	n, err := r.Int()
	if err == nil && n != 1 {
		err = fmt.Errorf("%s %d, want 1", name, n)
	}
	return int(n), err
}

// checkEntry checks what needs no list to check (rule 12).
func checkEntry(e vc.StatusEntry) error {
	if e.Type != "StatusList2021Entry" && e.Type != "BitstringStatusListEntry" {
		return fmt.Errorf("credentialStatus of unknown type %.60q", e.Type)
	}
	switch e.Purpose {
	case "revocation", "suspension", "guarded":
	default:
		return fmt.Errorf("credentialStatus of unknown purpose %.60q", e.Purpose)
	}
	if !isIndex(e.Index) {
		return fmt.Errorf("statusListIndex %.40q is not a plain decimal", e.Index)
	}
	if !strings.HasPrefix(e.List, "https://") || strings.Contains(e.List, "#") {
		return fmt.Errorf("statusListCredential %.80q is not an https URL without fragment", e.List)
	}
	return nil
}

// isIndex reports whether s is 0|[1-9][0-9]{0,18}.
func isIndex(s string) bool {
	if s == "" || len(s) > 19 || s[0] == '0' && s != "0" {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Package export writes entries of an audit trail in the formats of others, for the
// tools that people have: OpenTelemetry's attributes for generative AI ([Attributes]),
// OCSF API Activity ([OCSF]), CloudEvents ([CloudEvent]) and W3C PROV ([PROV]).
//
// Each format is a table from the members of an entry to its own names. What has no
// place in a format is left out: an export is for looking, and proves nothing. The
// proof is the entry in its log.
package export

import (
	"encoding/json"
	"fmt"

	"github.com/taperid/taper/audit"
)

// field is a row of a table: the name in the other format, and what an entry has for
// it, empty for nothing.
type field struct {
	name string
	of   func(e *audit.Entry) string
}

// collect applies a table.
func collect(e *audit.Entry, table []field, into map[string]any) {
	for _, f := range table {
		if v := f.of(e); v != "" {
			into[f.name] = v
		}
	}
}

// read returns the content of an entry that was verified.
func read(s *audit.Signed) (audit.Entry, error) {
	e := s.Entry()
	if e.Type == "" {
		return e, fmt.Errorf("%w: none to export", audit.ErrEntry)
	}
	return e, nil
}

func tool(e *audit.Entry) string {
	switch {
	case e.Tool != nil:
		return e.Tool.Name
	default:
		return e.Action
	}
}

func model(e *audit.Entry, of func(*audit.Model) string) string {
	if e.Model == nil {
		return ""
	}
	return of(e.Model)
}

func decision(e *audit.Entry, of func(*audit.Decision) string) string {
	if e.Decision == nil {
		return ""
	}
	return of(e.Decision)
}

// failure names what went wrong, empty where nothing did.
func failure(e *audit.Entry) string {
	if e.Decision != nil && e.Decision.Effect == audit.Deny {
		return "denied"
	}
	if e.Outcome == audit.OutcomeOK {
		return ""
	}
	return string(e.Outcome)
}

func write(m map[string]any) ([]byte, error) { return json.Marshal(m) }

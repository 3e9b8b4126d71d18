package export

import "github.com/taperid/taper/audit"

// The class of OCSF 1.5, API Activity, with an activity that is none of the four that
// it names.
const (
	ocsfVersion  = "1.5.0"
	ocsfCategory = 6
	ocsfClass    = 6003
	ocsfOther    = 99
)

// OCSF returns an entry as an event of the class API Activity of the Open Cybersecurity
// Schema Framework, as JSON.
func OCSF(s *audit.Signed, origin string) ([]byte, error) {
	e, err := read(s)
	if err != nil {
		return nil, err
	}
	operation := e.Action
	if operation == "" {
		operation = string(e.Type)
	}
	status, severity := 1, 1 // success, informational
	if failure(&e) != "" {
		status, severity = 2, 3 // failure, medium
	}
	event := map[string]any{
		"category_uid": ocsfCategory, "class_uid": ocsfClass, "type_uid": ocsfClass*100 + ocsfOther,
		"activity_id": ocsfOther, "activity_name": string(e.Type),
		"time": e.Time.UnixMilli(), "severity_id": severity, "status_id": status,
		"metadata": map[string]any{
			"version": ocsfVersion, "uid": e.ID, "log_name": origin, "sequence": e.Seq,
			"product": map[string]any{"name": "Taper", "vendor_name": "Taper"},
		},
		"actor": map[string]any{"user": map[string]any{
			"uid": e.Agent.String(), "type_id": ocsfOther, "type": string(e.Role),
		}},
		"api":          map[string]any{"operation": operation},
		"src_endpoint": map[string]any{"uid": e.Agent.String()},
	}
	collect(&e, []field{
		{"status_detail", failure},
		{"message", func(e *audit.Entry) string {
			return decision(e, func(d *audit.Decision) string { return string(d.Effect) })
		}},
	}, event)
	if e.Invocation != "" {
		event["api"] = map[string]any{"operation": operation, "request": map[string]any{"uid": e.Invocation}}
	}
	if e.Resource != nil {
		event["resources"] = []map[string]any{{"uid": e.Resource.Digest, "name": e.Resource.Pattern}}
	}
	if e.Task != "" {
		event["unmapped"] = map[string]any{"task": e.Task, "chain": chainDigest(&e)}
	}
	return write(event)
}

package export

import (
	"encoding/json"

	"github.com/taperid/taper/audit"
)

// CloudEvent returns an entry as a CloudEvent 1.0 in structured JSON. The source is the
// log's name, the data the entry's own JSON, as it was signed, and the extension leaf
// its leaf hash, by which it is found in the log.
func CloudEvent(s *audit.Signed, source string) ([]byte, error) {
	e, err := read(s)
	if err != nil {
		return nil, err
	}
	data, err := e.MarshalJSON()
	if err != nil {
		return nil, err
	}
	event := map[string]any{
		"specversion": "1.0", "id": e.ID, "source": source, "type": "id.taper.audit." + string(e.Type),
		"subject": e.Agent.String(), "time": e.Time.UTC().Format("2006-01-02T15:04:05Z"),
		"datacontenttype": "application/json", "data": json.RawMessage(data), "leaf": s.Hash().String(),
	}
	if e.Trace != "" {
		event["traceparent"] = e.Trace // the extension Distributed Tracing
	}
	return write(event)
}

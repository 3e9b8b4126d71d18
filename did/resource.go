package did

import (
	"encoding/json"
	"fmt"
)

// Resource is what a DID URL names. Its JSON is that of the method, or of the
// document, with only the services that the query selects if it selects any.
type Resource struct {
	Document *Document           // that the DID has
	Method   *VerificationMethod // that the fragment names
	Service  *Service            // that the fragment names

	// Services are those that service and serviceType select, and URLs their
	// endpoints, with relativeRef and the fragment applied.
	Services []Service
	URLs     []string
}

// MarshalJSON writes the method, the service, or the document.
func (res *Resource) MarshalJSON() ([]byte, error) {
	switch {
	case res.Method != nil:
		return res.Method.write(res.Method.context())
	case res.Service != nil:
		return res.Service.write()
	case res.Document == nil:
		return nil, fmt.Errorf("%w: an empty resource", ErrNotFound)
	case res.Services != nil:
		return res.Document.writeServices(res.Services)
	}
	return res.Document.MarshalJSON()
}

// ContentType returns the media type of the JSON of res (DID Core section 6), empty
// where there is none.
func (res *Resource) ContentType() string {
	if res.Document == nil {
		return ""
	}
	if raw := res.Document.raw; raw != nil {
		if members, err := object(raw); err != nil || members["@context"] == nil {
			return "application/did+json"
		}
	}
	return "application/did+ld+json"
}

// writeServices writes the document with some of its services alone.
func (doc *Document) writeServices(services []Service) ([]byte, error) {
	part := *doc
	part.Services = services
	if doc.raw == nil {
		return part.MarshalJSON()
	}
	members, err := object(doc.raw)
	if err != nil {
		return nil, err
	}
	out := make(map[string]json.RawMessage, len(members))
	for name, raw := range members {
		out[name] = raw
	}
	all := make([]json.RawMessage, 0, len(services))
	for i := range services {
		text, err := services[i].write()
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	if out["service"], err = json.Marshal(all); err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

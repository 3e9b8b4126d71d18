package did

import "encoding/json"

// Result is the answer of a resolver on the wire. For a DID it is a DID resolution
// result (DID Resolution section 4), for a DID URL with a path, query or fragment a
// DID URL dereferencing result (section 5). What Dereference returned goes in:
//
//	res, err := did.Dereference(ctx, resolver, text, options)
//	json.NewEncoder(w).Encode(did.Result{Text: text, Resource: res, Err: err})
type Result struct {
	Text     string    // what was asked for
	Resource *Resource // nil with an error
	Err      error
}

const resultContext = "https://w3id.org/did-resolution/v1"

// metadata is that of a resolution or dereferencing.
type metadata struct {
	ContentType string `json:"contentType,omitempty"`
	Error       string `json:"error,omitempty"`
}

// MarshalJSON writes the result. An error is written as its ErrorName alone: its
// text may tell what is no business of the asker. The document or content is an
// empty object then, and the metadata of documents is always empty, since no method
// here has any.
func (r Result) MarshalJSON() ([]byte, error) {
	meta, content := metadata{Error: ErrorName(r.Err)}, json.RawMessage("{}")
	switch {
	case r.Err != nil:
	case r.Resource == nil:
		meta.Error = ErrorName(ErrNotFound)
	default:
		text, err := r.Resource.MarshalJSON()
		if err != nil {
			return nil, err
		}
		meta.ContentType, content = r.Resource.ContentType(), text
	}
	if isURL(r.Text) {
		return json.Marshal(struct {
			Context  string          `json:"@context"`
			Content  json.RawMessage `json:"contentStream"`
			Meta     metadata        `json:"dereferencingMetadata"`
			Metadata struct{}        `json:"contentMetadata"`
		}{Context: resultContext, Content: content, Meta: meta})
	}
	return json.Marshal(struct {
		Context  string          `json:"@context"`
		Document json.RawMessage `json:"didDocument"`
		Meta     metadata        `json:"didResolutionMetadata"`
		Metadata struct{}        `json:"didDocumentMetadata"`
	}{Context: resultContext, Document: content, Meta: meta})
}

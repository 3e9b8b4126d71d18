package vc

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// object writes a JSON object member by member, in the order given.
type object struct {
	buf []byte
	err error
}

func (o *object) add(name string, value any) {
	data, ok := value.(json.RawMessage)
	if !ok {
		var err error
		if data, err = json.Marshal(value); err != nil {
			o.err = err
			return
		}
	}
	sep := byte(',')
	if len(o.buf) == 0 {
		sep = '{'
	}
	o.buf = append(o.buf, sep)
	key, _ := json.Marshal(name)
	o.buf = append(append(o.buf, key...), ':')
	o.buf = append(o.buf, data...)
}

func (o *object) bytes() ([]byte, error) {
	if o.err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, o.err)
	}
	return append(o.buf, '}'), nil
}

// marshal writes the credential. What it writes is not checked: Sign does that by
// reading it back.
func (c *Credential) marshal() ([]byte, error) {
	var o object
	o.add("@context", contextJSON(c.Context))
	if c.ID != "" {
		o.add("id", c.ID)
	}
	types := c.Type
	if !c.HasType("VerifiableCredential") {
		types = append([]string{"VerifiableCredential"}, types...)
	}
	o.add("type", types)
	if c.issuer != nil {
		o.add("issuer", c.issuer)
	} else {
		o.add("issuer", c.Issuer)
	}
	from, until := "validFrom", "validUntil"
	if c.IsV1() {
		from, until = "issuanceDate", "expirationDate"
	}
	if !c.ValidFrom.IsZero() {
		o.add(from, formatTime(c.ValidFrom))
	}
	if !c.ValidUntil.IsZero() {
		o.add(until, formatTime(c.ValidUntil))
	}
	subjects, err := subjectsJSON(c.Subject)
	if err != nil {
		return nil, err
	}
	o.add("credentialSubject", subjects)
	if len(c.Status) > 0 {
		o.add("credentialStatus", statusJSON(c.Status))
	}
	for _, name := range slices.Sorted(maps.Keys(c.More)) {
		if _, ok := credentialMembers[fold(name)]; ok && isTyped(name) {
			return nil, fmt.Errorf("%w: More has %q, which has a field of its own", ErrModel, name)
		}
		o.add(name, c.More[name])
	}
	return o.bytes()
}

// isTyped reports whether a member has a field in Credential.
func isTyped(name string) bool {
	switch name {
	case "@context", "id", "type", "issuer", "validFrom", "validUntil", "issuanceDate", "expirationDate",
		"credentialSubject", "credentialStatus":
		return true
	}
	return false
}

// contextJSON writes an @context; an element that starts with a brace is an
// inline context.
func contextJSON(context []string) []json.RawMessage {
	if len(context) == 0 {
		context = []string{ContextV2}
	}
	out := make([]json.RawMessage, len(context))
	for i, c := range context {
		if c != "" && c[0] == '{' {
			out[i] = json.RawMessage(c)
			continue
		}
		out[i], _ = json.Marshal(c)
	}
	return out
}

// subjectsJSON writes one subject as an object and several as an array. An id
// beside claims without one is put first.
func subjectsJSON(subjects []Subject) (json.RawMessage, error) {
	var all []json.RawMessage
	for _, s := range subjects {
		raw, err := s.marshal()
		if err != nil {
			return nil, err
		}
		all = append(all, raw)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return json.Marshal(all)
}

func (s Subject) marshal() (json.RawMessage, error) {
	claims := s.Claims
	if len(claims) == 0 {
		claims = json.RawMessage("{}")
	}
	if claims[0] != '{' || !json.Valid(claims) {
		return nil, fmt.Errorf("%w: claims are not a JSON object", ErrModel)
	}
	had, err := idOf(claims, "credentialSubject")
	switch {
	case err != nil:
		return nil, jsonError(err)
	case s.ID == "" || s.ID == had:
		return claims, nil
	case had != "":
		return nil, fmt.Errorf("%w: subject id %.80q, its claims say %.80q", ErrModel, s.ID, had)
	}
	id, _ := json.Marshal(s.ID)
	out := append(json.RawMessage(`{"id":`), id...)
	if !isEmptyObject(claims) {
		out = append(out, ',')
	}
	return append(out, claims[1:]...), nil
}

func statusJSON(entries []StatusEntry) json.RawMessage {
	type message struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	}
	type entry struct {
		ID         string    `json:"id,omitempty"`
		Type       string    `json:"type"`
		Purpose    string    `json:"statusPurpose"`
		Index      string    `json:"statusListIndex"`
		List       string    `json:"statusListCredential"`
		Size       int       `json:"statusSize,omitempty"`
		Messages   []message `json:"statusMessage,omitempty"`
		References []string  `json:"statusReference,omitempty"`
	}
	var all []entry
	for _, e := range entries {
		out := entry{e.ID, e.Type, e.Purpose, e.Index, e.List, e.Size, nil, e.References}
		for value, m := range e.Messages {
			out.Messages = append(out.Messages, message{fmt.Sprintf("%#x", value), m})
		}
		all = append(all, out)
	}
	var out json.RawMessage
	if len(all) == 1 {
		out, _ = json.Marshal(all[0])
		return out
	}
	out, _ = json.Marshal(all)
	return out
}

package did

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// DereferenceOptions ask for more than the ordinary answer. The zero value asks for
// nothing.
type DereferenceOptions struct {
	// KeyFormat is the publicKeyFormat of did:key: the type of the verification
	// methods of a document that Resolve makes, such as JsonWebKey. ErrKeyType is
	// one that is not known, ErrKeyFormat one that is deprecated, experimental or
	// not for that type of key. A document of another's making is never rewritten:
	// ErrFeature.
	KeyFormat string

	// Use is the verificationRelationship that the verification method which the
	// fragment names must have; empty: any.
	Use Relationship
}

// Dereference follows a DID URL (DID Resolution section 5); a DID alone names its
// document. The resolver r is asked for DIDs that do not say all themselves, and may
// be nil. Of the query, service, serviceType and relativeRef are understood: a
// relativeRef may not leave the endpoint's folder. versionId and versionTime are
// ErrFeature, and a path or any other parameter ErrNotFound, since what is not
// understood could change what is named.
func Dereference(ctx context.Context, r Resolver, text string, o DereferenceOptions) (*Resource, error) {
	u, err := parseEither(text)
	if err != nil {
		return nil, err
	}
	q, err := parseQuery(u.Query)
	if err != nil {
		return nil, err
	}
	doc, err := resolve(ctx, r, u.DID)
	if err != nil {
		return nil, err
	}
	if doc, err = doc.withFormat(o.KeyFormat); err != nil {
		return nil, err
	}
	if u.Path != "" {
		return nil, fmt.Errorf("%w: nothing has the path %.80q", ErrNotFound, u.Path)
	}
	res := &Resource{Document: doc}
	switch {
	case u.Query != "":
		err = res.selectServices(q, u.Fragment)
	case u.Fragment != "":
		err = res.find(u.text)
	}
	if err != nil {
		return nil, err
	}
	if o.Use != "" && (res.Method == nil || !doc.allows(res.Method.ID, o.Use)) {
		return nil, fmt.Errorf("%w: %.120q for %.40q", ErrNotFound, text, string(o.Use))
	}
	return res, nil
}

// isURL reports whether text is more than a DID.
func isURL(text string) bool { return strings.ContainsAny(text, "/?#") }

func parseEither(text string) (URL, error) {
	if isURL(text) {
		return ParseURL(text)
	}
	d, err := Parse(text)
	return URL{DID: d, text: text}, err
}

// find finds what a fragment names.
func (res *Resource) find(id string) error {
	for i := range res.Document.Methods {
		if m := &res.Document.Methods[i]; m.ID == id {
			res.Method = m
			return nil
		}
	}
	for i := range res.Document.Services {
		if s := &res.Document.Services[i]; s.ID == id {
			res.Service = s
			return nil
		}
	}
	return fmt.Errorf("%w: %.120q in its document", ErrNotFound, id)
}

// query are the parameters of DID Resolution section 3 that are understood.
type query struct{ service, serviceType, relativeRef string }

// parseQuery reads parameters. One that occurs twice is refused, for readers would
// differ about which holds.
func parseQuery(text string) (q query, err error) {
	if text == "" {
		return q, nil
	}
	for _, part := range strings.SplitN(text, "&", maxItems) {
		name, value, _ := strings.Cut(part, "=")
		if value, err = url.PathUnescape(value); err != nil {
			return q, fmt.Errorf("%w: parameter %.40q", ErrURL, name)
		}
		to := map[string]*string{"service": &q.service, "serviceType": &q.serviceType, "relativeRef": &q.relativeRef}[name]
		switch {
		case name == "versionId" || name == "versionTime":
			return q, fmt.Errorf("%w: %s", ErrFeature, name)
		case to == nil:
			return q, fmt.Errorf("%w: nothing has the parameter %.40q", ErrNotFound, name)
		case *to != "" || value == "":
			return q, fmt.Errorf("%w: parameter %s twice or empty", ErrURL, name)
		}
		*to = value
	}
	if q.service == "" && q.serviceType == "" {
		return q, fmt.Errorf("%w: relativeRef without a service", ErrURL)
	}
	return q, nil
}

// selectServices selects services and makes their URLs.
func (res *Resource) selectServices(q query, fragment string) error {
	for _, s := range res.Document.Services {
		if q.service != "" && !res.Document.isService(s.ID, q.service) ||
			q.serviceType != "" && !contains(s.Types, q.serviceType) {
			continue
		}
		res.Services = append(res.Services, s)
		for _, endpoint := range s.Endpoints {
			u, err := join(endpoint, q.relativeRef, fragment)
			if err != nil {
				return err
			}
			res.URLs = append(res.URLs, u)
		}
	}
	if len(res.Services) == 0 {
		return fmt.Errorf("%w: no such service in %s", ErrNotFound, res.Document.ID)
	}
	return nil
}

// isService reports whether name is what a service parameter calls the service id:
// its fragment, or all of it.
func (doc *Document) isService(id, name string) bool {
	name = strings.TrimPrefix(name, "#")
	return id == name || id == doc.ID.text+"#"+name
}

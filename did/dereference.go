package did

import (
	"context"
	"encoding/json"
	"errors"
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

var errLeaves = errors.New("leaves the endpoint")

// join applies a relative reference (RFC 3986 section 5) and a fragment to the URL
// of an endpoint. Whoever wrote the DID URL is not who answers for the endpoint, so
// the result is below it: of the same origin and in the same folder, whatever a
// server decodes once more.
func join(endpoint, ref, fragment string) (string, error) {
	if ref == "" && fragment == "" {
		return endpoint, nil
	}
	base, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("%w: endpoint %.80q", ErrDocument, endpoint)
	}
	out := base
	if ref != "" {
		if out, err = below(base, ref); err != nil {
			return "", fmt.Errorf("%w: relativeRef %.80q at %.80q: %v", ErrURL, ref, endpoint, err)
		}
	}
	if fragment != "" {
		if strings.Contains(out.String(), "#") {
			return "", fmt.Errorf("%w: two fragments, in the DID URL and at %.80q", ErrURL, endpoint)
		}
		return out.String() + "#" + fragment, nil
	}
	return out.String(), nil
}

func below(base *url.URL, ref string) (*url.URL, error) {
	rel, err := url.Parse(ref)
	switch {
	case err != nil || !isURLText(strings.ReplaceAll(ref, "#", ""), "/?"):
		return nil, errors.New("is no reference")
	case base.Opaque != "" || base.Host == "":
		return nil, errors.New("the endpoint has no path")
	case rel.Scheme != "" || rel.Host != "" || rel.User != nil || strings.HasPrefix(ref, "//") || climbs(rel.Path):
		return nil, errLeaves
	}
	out := base.ResolveReference(rel)
	folder := base.EscapedPath()
	folder = folder[:strings.LastIndexByte(folder, '/')+1]
	if !strings.HasPrefix(out.EscapedPath(), folder) {
		return nil, errLeaves
	}
	return out, nil
}

// climbs reports whether a path, decoded as often as anybody might, has a segment
// that means another folder.
func climbs(path string) bool {
	for range 4 {
		for _, segment := range strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }) {
			if segment == "." || segment == ".." {
				return true
			}
		}
		decoded, err := url.PathUnescape(path)
		if err != nil {
			return true
		}
		if decoded == path {
			return false
		}
		path = decoded
	}
	return true
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

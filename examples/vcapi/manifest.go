package main

import (
	"net/http"
	"slices"
	"strings"
)

// endpoint is an entry of the manifest.
type endpoint struct {
	ID       string              `json:"id"`
	Endpoint string              `json:"endpoint"`
	Supports map[string][]string `json:"supports,omitempty"`
	Tags     []string            `json:"tags"`
	KeyTypes []string            `json:"supportedEcdsaKeyTypes,omitempty"`
	Options  map[string][]string `json:"options,omitempty"`
}

// serveManifest answers GET /manifest: who issues and verifies what.
func (s *server) serveManifest(w http.ResponseWriter, r *http.Request) {
	base := s.base(r)
	var issuers []endpoint
	tags := []string{}
	for _, p := range s.profiles {
		e := endpoint{
			ID: p.signer.DID().String(), Endpoint: base + "/issuers/" + p.name + "/credentials/issue",
			Supports: map[string][]string{"vc": p.vc}, Tags: []string{p.tag}, KeyTypes: p.keys,
		}
		switch p.tag {
		case "EnvelopingProof":
			e.Tags = []string{"vc2.0", "EnvelopingProof"}
		case "Revocation", "Suspension":
			e.Tags = []string{"StatusList2021", p.tag}
		}
		issuers = append(issuers, e)
		for _, t := range e.Tags {
			if !slices.Contains(tags, t) {
				tags = append(tags, t)
			}
		}
	}
	slices.SortFunc(issuers, func(a, b endpoint) int { return strings.Compare(a.Endpoint, b.Endpoint) })
	slices.Sort(tags)
	id := s.profiles["vc2.0"].signer.DID().String()
	reply(w, http.StatusOK, map[string]any{
		"name": "Taper", "implementation": "Taper",
		"issuers": issuers,
		"verifiers": []endpoint{{
			ID: id, Endpoint: base + "/credentials/verify", Supports: map[string][]string{"vc": {"1.1", "2.0"}}, Tags: tags,
			KeyTypes: []string{"P-256", "P-384"}, Options: map[string][]string{"checks": {"proof"}},
		}},
		"vpVerifiers": []endpoint{{ID: id, Endpoint: base + "/presentations/verify", Tags: []string{"vc2.0", "EnvelopingProof"}}},
		"setStatusLists": []endpoint{
			{ID: id, Endpoint: base + "/status2021/set", Tags: []string{"StatusList2021", "Revocation"}},
			{ID: id, Endpoint: base + "/status2021/set", Tags: []string{"StatusList2021", "Suspension"}},
		},
		"publishStatusLists": []endpoint{
			{ID: id, Endpoint: base + "/status2021/revocation/publish", Tags: []string{"StatusList2021", "Revocation"}},
			{ID: id, Endpoint: base + "/status2021/suspension/publish", Tags: []string{"StatusList2021", "Suspension"}},
		},
		"didResolvers": []endpoint{{ID: id, Endpoint: base + "/dids", Tags: []string{"did-key"}}},
	})
}

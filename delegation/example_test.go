package delegation_test

import (
	"fmt"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/personas"
)

func ExampleNarrow() {
	parent, err := delegation.NewAuthority(delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"http/**"}, Resources: []string{"https://*.example.com/**"}}},
		Audience: []string{"https://fetch.example.com"},
		Depth:    1,
	})
	if err != nil {
		panic(err)
	}
	child, cuts, err := delegation.Narrow(parent, delegation.Terms{
		Grants: []delegation.Grant{{Actions: []string{"http/get"}, Resources: []string{"https://**"}}},
	})
	if err != nil {
		panic(err)
	}
	for _, c := range cuts {
		fmt.Println(c.Dimension, c.Wanted, "->", c.Got)
	}
	fmt.Println(delegation.Covers(parent, child))
	// Output:
	// resources "https://**" -> "https://*.example.com/**"
	// <nil>
}

func ExampleAuthority_Allows() {
	a, err := delegation.ParseAuthority([]byte(`{
		"grants": [{"actions": ["tools/search"], "resources": ["urn:index:public"], "args": {"limit": {"range": [1, 100]}}}],
		"audience": ["https://search.example.com"]}`))
	if err != nil {
		panic(err)
	}
	err = a.Allows(delegation.Request{
		Action:    "tools/search",
		Resource:  "urn:index:public",
		Audience:  "https://search.example.com",
		Arguments: []byte(`{"limit": 500}`),
	})
	fmt.Println(err)
	// Output:
	// delegation: rule 15: request is not allowed: args: offered arguments "limit", allowed {"args":{"limit":{"range":[1,100]}}}; give argument "limit" a value that fits {"range":[1,100]}
}

func ExampleChain_Pack() {
	alice, agent := personas.New("alice"), personas.New("agent")
	authority, _ := delegation.NewAuthority(delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"db/read"}, Resources: []string{"https://db.example.com/sales/**"}}},
		Audience: []string{"https://db.example.com"},
	})
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	chain, _ := delegation.Root(alice, agent.DID(), authority, delegation.Issue{
		ID: "urn:uuid:7b0e5c1e-6d0e-4d7e-9d5f-2f6f3a1c9b11", Task: delegation.Task{ID: "urn:example:report"},
		ValidFrom: noon, ValidUntil: noon.Add(time.Hour),
	})
	json, _ := chain.MarshalJSON()
	packed, _ := chain.Pack()
	again, err := delegation.ParseChain([]byte(packed))
	fmt.Println(len(json), "bytes of JSON,", len(packed), "characters packed")
	fmt.Println("the same chain:", err == nil && again.Digest() == chain.Digest())
	// Output:
	// 1082 bytes of JSON, 356 characters packed
	// the same chain: true
}

package delegation_test

import (
	"fmt"

	"github.com/taperid/taper/delegation"
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

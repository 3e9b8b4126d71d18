package revocation_test

import (
	"context"
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// A list that an agency publishes, in which one credential is revoked.
func ExampleDecode() {
	const encodedList = "uH4sIAAAAAAAAA-3OMQEAAAgDoEU3ugEWwENIQMI3cx0AAAAAAAAAAAAAAAAAAACgLGiNcIEAQAAA"
	bits, err := revocation.Decode(revocation.Bitstring, 1, encodedList)
	if err != nil {
		fmt.Println(err)
		return
	}
	one, _ := bits.At(3999)
	two, _ := bits.At(4000)
	_, err = bits.At(131_072)
	fmt.Println(bits.Len(), one, two)
	fmt.Println(err)
	// Output:
	// 131072 0 1
	// revocation: index out of range: 131072 in a list of 131072 entries
}

// An operator gives a credential two entries, guards it, and lifts that again.
func ExampleIssuer() {
	operator := personas.New("operator")
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

	issuer, err := revocation.NewIssuer(operator, "https://status.example/lists", revocation.IssuerOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	entries, err := issuer.Allocate(context.Background(), time.Time{}, revocation.Revocation, revocation.Guarded)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(issuer.Set(context.Background(), 1, entries[1]))
	fmt.Println(issuer.Set(context.Background(), 0, entries[1]))
	fmt.Println(issuer.Set(context.Background(), 1, entries[0]))
	fmt.Println(issuer.Set(context.Background(), 0, entries[0]) != nil)

	lists, err := issuer.Publish(context.Background(), now)
	n := 0
	for range lists.All() {
		n++
	}
	fmt.Println(n, "lists", err)
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// true
	// 2 lists <nil>
}

// A verifier without a network, and a newer list that reaches it.
func ExampleChecker() {
	operator := personas.New("operator")
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	issuer, _ := revocation.NewIssuer(operator, "https://status.example/lists", revocation.IssuerOptions{})
	entries, _ := issuer.Allocate(context.Background(), time.Time{}, revocation.Revocation, revocation.Guarded)
	bundle, _ := issuer.Publish(context.Background(), now)

	checker, err := revocation.NewChecker(bundle, revocation.Policy{MaxStaleness: 5 * time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	check := func(now time.Time) {
		status, err := checker.CheckStatus(context.Background(), vc.StatusRequest{
			Credential: "uEi...", // the digest of the credential, as vc.Verify passes it
			Entries:    entries,
			Signers:    []did.DID{operator.DID()},
			Now:        now,
		})
		fmt.Println(status.Mode, err != nil)
	}
	check(now)

	_ = issuer.Set(context.Background(), 1, entries[1])
	newer, _ := issuer.Publish(context.Background(), now.Add(time.Minute))
	for _, list := range newer.All() {
		_ = checker.Offer(context.Background(), list)
	}
	check(now.Add(time.Minute))
	check(now.Add(time.Hour))
	// Output:
	// normal false
	// guarded false
	// none true
}

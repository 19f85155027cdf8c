// Command schemas tells what Go's own types of the Kubernetes API declare, and makes pairs of random objects that differ
// in one known field, as an API server encodes them. Standard input names the kinds, `apiVersion kind` in each line.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	jsonserializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/randfill"
)

type encoded struct {
	JSON     []byte `json:"json"`
	Protobuf []byte `json:"protobuf"`
}

type pair struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Path       []step  `json:"path"`
	What       string  `json:"what"`
	Before     encoded `json:"before"`
	After      encoded `json:"after"`
}

func main() {
	pairs := flag.Int("pairs", 0, "how many pairs; without it, what is declared")
	seed := flag.Int64("seed", 1, "of all chance")
	flag.Parse()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	kinds := readKinds()
	if *pairs == 0 {
		check(encoder.Encode(declared(kinds)))
		return
	}
	random := rand.New(rand.NewSource(*seed))
	filler := fuzzer.FuzzerFor(metafuzzer.Funcs, random, scheme.Codecs).NumElements(1, 3).Funcs(
		func(into *runtime.RawExtension, c randfill.Continue) {
			*into = runtime.RawExtension{Raw: []byte(fmt.Sprintf(`{"a":"%d"}`, c.Int31()))}
		},
		// Never nil, which JSON has as null: that of an API server comes from protobuf, which has no nil among entries.
		func(into *map[string][]byte, c randfill.Continue) {
			*into = map[string][]byte{c.String(0): []byte(c.String(0)), "empty": {}}
		},
		func(into *metav1.FieldsV1, _ randfill.Continue) { into.Raw = []byte(`{"f:a":{}}`) },
	)
	for range *pairs {
		check(encoder.Encode(makePair(kinds[random.Intn(len(kinds))], filler, random)))
	}
}

func readKinds() (kinds []schema.GroupVersionKind) {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		apiVersion, kind, _ := strings.Cut(lines.Text(), " ")
		kinds = append(kinds, schema.FromAPIVersionAndKind(apiVersion, kind))
	}
	return kinds
}

func makePair(kind schema.GroupVersionKind, filler *randfill.Filler, random *rand.Rand) pair {
	before := filled(kind, filler)
	after := before.DeepCopyObject()
	after.(metav1.Object).SetResourceVersion("2")
	sites := sitesOf(after)
	chosen := sites[random.Intn(len(sites))]
	chosen.change()
	return pair{
		APIVersion: kind.GroupVersion().String(),
		Kind:       kind.Kind,
		Path:       chosen.path,
		What:       chosen.what,
		Before:     encode(before),
		After:      encode(after),
	}
}

func filled(kind schema.GroupVersionKind, filler *randfill.Filler) runtime.Object {
	object, err := scheme.Scheme.New(kind)
	check(err)
	filler.Fill(object)
	object.GetObjectKind().SetGroupVersionKind(kind)
	meta := object.(metav1.Object)
	meta.SetName("a")
	meta.SetNamespace("b")
	meta.SetResourceVersion("1")
	return object
}

var (
	jsonEncoder     = jsonserializer.NewSerializerWithOptions(jsonserializer.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, jsonserializer.SerializerOptions{})
	protobufEncoder = protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
)

func encode(object runtime.Object) encoded {
	var asJSON, asProtobuf bytes.Buffer
	check(jsonEncoder.Encode(object, &asJSON))
	check(protobufEncoder.Encode(object, &asProtobuf))
	return encoded{JSON: asJSON.Bytes(), Protobuf: asProtobuf.Bytes()}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

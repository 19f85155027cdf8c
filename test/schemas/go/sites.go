package main

import (
	"fmt"
	"reflect"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// step is one step of a path of fields, as watchsieve's settings spell it.
type step struct {
	Name string  `json:"name"`
	Each bool    `json:"each,omitempty"`
	Key  *string `json:"key,omitempty"`
}

// site is one place of an object that can be changed.
type site struct {
	path   []step
	what   string
	change func()
}

type finder struct{ sites []site }

func sitesOf(object runtime.Object) []site {
	found := &finder{}
	found.message(reflect.ValueOf(object).Elem(), nil)
	return found.sites
}

func (f *finder) add(path []step, what string, change func()) {
	if len(path) == 2 && path[0].Name == "metadata" {
		switch path[1].Name {
		case "name", "namespace", "resourceVersion":
			return
		}
	}
	f.sites = append(f.sites, site{append([]step{}, path...), what, change})
}

func (f *finder) message(value reflect.Value, path []step) {
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if _, isField := numberOf(field); !isField {
			continue
		}
		name, _ := jsonOf(field)
		if name == "" {
			f.message(value.Field(i), path)
		} else {
			f.value(value.Field(i), append(append([]step{}, path...), step{Name: name}))
		}
	}
}

func (f *finder) value(value reflect.Value, path []step) {
	switch value.Kind() {
	case reflect.Pointer:
		f.pointer(value, path)
	case reflect.Slice:
		if value.Type() == bytesType {
			f.add(path, "bytes", func() { value.SetBytes(append([]byte("x"), value.Bytes()...)) })
		} else {
			f.list(value, path)
		}
	case reflect.Map:
		f.entries(value, path)
	default:
		if changed := changeOf(value); changed != nil {
			f.add(path, value.Type().String(), changed)
		} else {
			f.message(value, path)
		}
	}
}

func (f *finder) pointer(value reflect.Value, path []step) {
	if !value.IsNil() {
		f.add(path, "unset", func() { value.SetZero() })
		f.value(value.Elem(), path)
		return
	}
	f.add(path, "set", func() {
		value.Set(reflect.New(value.Type().Elem()))
		switch value.Type().Elem() {
		// JSON has what is zero of these as null, which is none.
		case timeType, microTimeType, rawType, fieldsV1Type:
			changeOf(value.Elem())()
		}
	})
}

func (f *finder) list(value reflect.Value, path []step) {
	f.add(path, "append", func() { value.Set(reflect.Append(value, reflect.Zero(value.Type().Elem()))) })
	if value.Len() > 0 {
		f.add(path, "remove", func() { value.SetLen(value.Len() - 1) })
	}
	for i := range value.Len() {
		inside := append([]step{}, path...)
		if value.Index(i).Kind() == reflect.Struct && changeOf(value.Index(i)) == nil {
			inside[len(inside)-1].Each = true
		}
		f.value(value.Index(i), inside)
	}
}

func (f *finder) entries(value reflect.Value, path []step) {
	isChosen := isText(value.Type().Elem())
	for _, key := range value.MapKeys() {
		f.add(entry(path, key.String(), isChosen), "delete", func() { value.SetMapIndex(key, reflect.Value{}) })
		f.add(entry(path, key.String(), isChosen), "value", func() {
			changed := reflect.New(value.Type().Elem()).Elem()
			changed.Set(value.MapIndex(key))
			inside := &finder{}
			inside.value(changed, []step{{}})
			inside.sites[len(inside.sites)-1].change()
			value.SetMapIndex(key, changed)
		})
	}
	f.add(entry(path, "added", isChosen), "add", func() {
		if value.IsNil() {
			value.Set(reflect.MakeMap(value.Type()))
		}
		key := reflect.New(value.Type().Key()).Elem()
		key.SetString("added")
		added := reflect.New(value.Type().Elem()).Elem()
		switch added.Type() {
		case bytesType:
			added.SetBytes([]byte{})
		// As JSON has it, a time that is zero is null.
		case timeType:
			changeOf(added)()
		}
		value.SetMapIndex(key, added)
	})
}

func entry(path []step, key string, isChosen bool) []step {
	inside := append([]step{}, path...)
	if isChosen {
		inside[len(inside)-1].Key = &key
	}
	return inside
}

// changeOf is nil for what has parts.
func changeOf(value reflect.Value) func() {
	switch value.Kind() {
	case reflect.String:
		return func() { value.SetString(value.String() + "x") }
	case reflect.Bool:
		return func() { value.SetBool(!value.Bool()) }
	case reflect.Int32, reflect.Int64:
		// Not the least bit: that of a large number is lost on whoever reads JSON as JavaScript does.
		return func() { value.SetInt(value.Int() ^ 1<<20) }
	}
	switch into := value.Addr().Interface().(type) {
	case *metav1.Time:
		return func() { *into = metav1.NewTime(orLater(into.Time)) }
	case *metav1.MicroTime:
		return func() { *into = metav1.NewMicroTime(orLater(into.Time)) }
	case *metav1.Duration:
		return func() { into.Duration += time.Second }
	case *resource.Quantity:
		return func() { into.Add(resource.MustParse("1")) }
	case *intstr.IntOrString:
		return func() { *into = intstr.FromString(into.String() + "x") }
	case *runtime.RawExtension:
		return func() { into.Raw = []byte(fmt.Sprintf(`{"b":%q}`, into.Raw)) }
	case *metav1.FieldsV1:
		return func() { into.Raw = []byte(`{"f:b":{}}`) }
	}
	return nil
}

func orLater(before time.Time) time.Time {
	if before.IsZero() {
		return time.Unix(1e9, 0).UTC()
	}
	return before.Add(time.Hour)
}

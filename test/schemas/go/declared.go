package main

import (
	"reflect"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
)

// declaration is what one field is, under the names of watchsieve's own schemas.
type declaration struct {
	Name    string `json:"name"`
	Numbers []int  `json:"numbers"`
	Holds   string `json:"holds"`
	Message string `json:"message,omitempty"`
	List    bool   `json:"list,omitempty"`
	Pointer bool   `json:"pointer,omitempty"`
	Always  bool   `json:"always,omitempty"`
}

var (
	timeType      = reflect.TypeFor[metav1.Time]()
	microTimeType = reflect.TypeFor[metav1.MicroTime]()
	quantityType  = reflect.TypeFor[resource.Quantity]()
	intStrType    = reflect.TypeFor[intstr.IntOrString]()
	rawType       = reflect.TypeFor[runtime.RawExtension]()
	durationType  = reflect.TypeFor[metav1.Duration]()
	fieldsV1Type  = reflect.TypeFor[metav1.FieldsV1]()
	bytesType     = reflect.TypeFor[[]byte]()
)

func declared(kinds []schema.GroupVersionKind) map[string][]declaration {
	types := map[string][]declaration{}
	for _, kind := range kinds {
		object, err := scheme.Scheme.New(kind)
		check(err)
		root := reflect.TypeOf(object).Elem()
		declare(root, types)
		types[kind.GroupVersion().String()+" "+kind.Kind] = types[typeName(root)]
	}
	return types
}

func declare(of reflect.Type, types map[string][]declaration) {
	if _, known := types[typeName(of)]; known {
		return
	}
	types[typeName(of)] = nil
	types[typeName(of)] = fieldsOf(of, nil, types)
}

func typeName(of reflect.Type) string { return of.PkgPath() + "." + of.Name() }

func fieldsOf(of reflect.Type, before []int, types map[string][]declaration) (fields []declaration) {
	for i := range of.NumField() {
		field := of.Field(i)
		name, options := jsonOf(field)
		number, isField := numberOf(field)
		if !isField {
			continue
		}
		numbers := append(append([]int{}, before...), number)
		if name == "" {
			fields = append(fields, fieldsOf(field.Type, numbers, types)...)
			continue
		}
		is := declaration{Name: name, Numbers: numbers}
		is.Always = !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero")
		held := field.Type
		if held.Kind() == reflect.Pointer {
			is.Pointer = true
			held = held.Elem()
		} else if held.Kind() == reflect.Slice && held != bytesType {
			is.List = true
			held = held.Elem()
		}
		is.Holds, is.Message = holds(held, types)
		if held.Kind() == reflect.Map && is.Holds != "map" {
			is.List = true
		}
		fields = append(fields, is)
	}
	return fields
}

func holds(of reflect.Type, types map[string][]declaration) (string, string) {
	switch of {
	case timeType, microTimeType:
		return "time", ""
	case quantityType, intStrType, rawType, durationType, fieldsV1Type:
		return "message", ""
	case bytesType:
		return "bytes", ""
	}
	switch of.Kind() {
	case reflect.String:
		return "text", ""
	case reflect.Map:
		if isText(of.Elem()) {
			return "map", ""
		}
		return "message", ""
	case reflect.Struct:
		declare(of, types)
		return "message", typeName(of)
	default:
		return "number", ""
	}
}

// isText says whether JSON has such values of a map as texts.
func isText(of reflect.Type) bool {
	return of.Kind() == reflect.String || of == bytesType || of == quantityType || of == timeType
}

// jsonOf is the name of a field and the options behind it; the name is empty where a struct is embedded.
func jsonOf(field reflect.StructField) (string, string) {
	name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name, options
}

// numberOf has no number for TypeMeta, which stands around the protobuf and not in it.
func numberOf(field reflect.StructField) (int, bool) {
	parts := strings.Split(field.Tag.Get("protobuf"), ",")
	if len(parts) < 2 {
		return 0, false
	}
	number, err := strconv.Atoi(parts[1])
	return number, err == nil
}

/* address(typedArray): where its first byte lies, as a BigInt. JavaScript itself cannot see that. */
#include <node_api.h>
#include <stdint.h>

static napi_value address(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value array, result;
  void *data;
  if (napi_get_cb_info(env, info, &count, &array, NULL, NULL) != napi_ok) return NULL;
  if (napi_get_typedarray_info(env, array, NULL, NULL, &data, NULL, NULL) != napi_ok) {
    napi_throw_type_error(env, NULL, "not a typed array");
    return NULL;
  }
  napi_create_bigint_uint64(env, (uint64_t)(uintptr_t)data, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "address", NAPI_AUTO_LENGTH, address, NULL, &function);
  return function;
}

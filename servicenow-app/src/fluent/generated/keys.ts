import '@servicenow/sdk/global'

declare global {
    namespace Now {
        namespace Internal {
            interface Keys extends KeysRegistry {
                explicit: {
                    'acl-claim-delete': {
                        table: 'sys_security_acl'
                        id: '8b5091642e114499b19fe729ba5e5129'
                    }
                    'acl-claim-read': {
                        table: 'sys_security_acl'
                        id: 'bb3ec898f907406681f7d000912e321e'
                    }
                    'acl-delivery-delete': {
                        table: 'sys_security_acl'
                        id: 'eec1c6a73e514311ba6851246b367291'
                    }
                    'acl-delivery-read': {
                        table: 'sys_security_acl'
                        id: 'fd395946556d46e2a98aa07472b6e0e5'
                    }
                    'acl-health-read': {
                        table: 'sys_security_acl'
                        id: 'b47da352733a490f9c88286d8da30178'
                    }
                    'acl-tags-create': {
                        table: 'sys_security_acl'
                        id: '5b4fe15e58334addac3beafd3711509c'
                    }
                    'acl-tags-write': {
                        table: 'sys_security_acl'
                        id: '8cdf2864be6b4873b280bad0db1032cd'
                    }
                    'action-ask': {
                        table: 'sysevent_script_action'
                        id: '0f4e92c058244cbf925d95851b28a94b'
                    }
                    'action-deliver': {
                        table: 'sysevent_script_action'
                        id: '7f479e826b3444ebb16c52b4a5e5005b'
                    }
                    bom_json: {
                        table: 'sys_module'
                        id: '3617f92512b84362ba8f85d00e1e1295'
                    }
                    'button-check': {
                        table: 'sys_ui_action'
                        id: 'f0faf984417043a880e2a25f7358b406'
                    }
                    'button-resend': {
                        table: 'sys_ui_action'
                        id: 'fd4c634c105e4ae1bfff064d9b7c3ac6'
                    }
                    'button-retry': {
                        table: 'sys_ui_action'
                        id: 'c2396a131f49405eb01b2590cca8a414'
                    }
                    'button-retry-selected': {
                        table: 'sys_ui_action'
                        id: 'ac96b512664849c1ac57b1248ee39244'
                    }
                    'button-test': {
                        table: 'sys_ui_action'
                        id: 'f9ef4dc25f0b4039a03eb95044a5df66'
                    }
                    'event-ask': {
                        table: 'sysevent_register'
                        id: '646e58d0986d4386a0db2bb3c92f4eb1'
                    }
                    'event-deliver': {
                        table: 'sysevent_register'
                        id: '9919237da09a4993b325da3508114078'
                    }
                    'event-failed': {
                        table: 'sysevent_register'
                        id: '8f8b7f94c0ee4c79813fc98c147843ce'
                    }
                    'include-self-test': {
                        table: 'sys_script_include'
                        id: '81a7afbf0f5547a0beb746abad81af3d'
                    }
                    'job-retry': {
                        table: 'sysauto_script'
                        id: '459c159e76e3467d8d9adbf1f52e36d1'
                    }
                    menu: {
                        table: 'sys_app_application'
                        id: '8c597069cdf744b486e73a95f64a0e15'
                    }
                    'module-deliveries': {
                        table: 'sys_app_module'
                        id: 'd5257439480a4f51a9b399ac4a15f2b1'
                    }
                    'module-failed': {
                        table: 'sys_app_module'
                        id: '3278aee49d854dbf93f745641918dbc5'
                    }
                    'module-health': {
                        table: 'sys_app_module'
                        id: '680b2e74959145b98cd732d908706488'
                    }
                    'module-settings': {
                        table: 'sys_app_module'
                        id: '90573960e89044979672766b5b0ce0a7'
                    }
                    package_json: {
                        table: 'sys_module'
                        id: '5f8ca6c883c64c958f1a9e2b750ca288'
                    }
                    'privilege-change-read': {
                        table: 'sys_scope_privilege'
                        id: '4eb472db5d3846d7b76cb73e3fc88e82'
                    }
                    'property-bridge-url': {
                        table: 'sys_properties'
                        id: 'dbeab7ca99534f1d9f101879de304a0a'
                    }
                    'property-change-filter': {
                        table: 'sys_properties'
                        id: 'bdc7e6032a724d1f8a441ad9860b43ce'
                    }
                    'property-enabled': {
                        table: 'sys_properties'
                        id: '5ff40239ce5c43aa8794b7210f34e735'
                    }
                    'property-give-up-after-hours': {
                        table: 'sys_properties'
                        id: '81c14b896fa24f28a968254105288ee5'
                    }
                    'property-keep-delivered-days': {
                        table: 'sys_properties'
                        id: '69f757450e1b4c848f6dcb28c2d18bac'
                    }
                    'property-mid-server': {
                        table: 'sys_properties'
                        id: '06febb0d5557413397caf2a7a3ac89ac'
                    }
                    'property-secret-primary': {
                        table: 'sys_properties'
                        id: '29731a6706784e4bb122ef79e27ab437'
                    }
                    'property-secret-secondary': {
                        table: 'sys_properties'
                        id: '51622f3e32e148e99468741f08064979'
                    }
                    'property-tags-field': {
                        table: 'sys_properties'
                        id: 'c15d9f052a994468b413ae7142979040'
                    }
                    'property-timeout-seconds': {
                        table: 'sys_properties'
                        id: 'ad2d6278feb7403fb3bc6dd89b48e11c'
                    }
                    'rule-change-created': {
                        table: 'sys_script'
                        id: '0a0baf0d7e6d4ea5b75678ecbb1e4458'
                    }
                    'rule-change-deleted': {
                        table: 'sys_script'
                        id: '3e2d992d637c4c659ebb5610f22f6977'
                    }
                    'rule-change-updated': {
                        table: 'sys_script'
                        id: '608a5b3d08c948df91ae73e52fbfacdd'
                    }
                    'settings-page': {
                        table: 'sys_properties_category'
                        id: '5d9e8db3cfe8486b81f900617fb4a5e2'
                    }
                    'settings-page-bridge-url': {
                        table: 'sys_properties_category_m2m'
                        id: '129f21e2ca4a4ceebd467ca065c65365'
                    }
                    'settings-page-change-filter': {
                        table: 'sys_properties_category_m2m'
                        id: '17699e4c9dc243b8944222a822159104'
                    }
                    'settings-page-enabled': {
                        table: 'sys_properties_category_m2m'
                        id: '3e83a05fc1b041e1bc23dfba83c68491'
                    }
                    'settings-page-give-up-after-hours': {
                        table: 'sys_properties_category_m2m'
                        id: '080995a7f2a149a090fcbc468e249b2b'
                    }
                    'settings-page-keep-delivered-days': {
                        table: 'sys_properties_category_m2m'
                        id: '2da23a6684684dbd9b6173f553e49319'
                    }
                    'settings-page-mid-server': {
                        table: 'sys_properties_category_m2m'
                        id: '21a1c52cc1b244e6a345217de0579d88'
                    }
                    'settings-page-primary-secret': {
                        table: 'sys_properties_category_m2m'
                        id: '76524f93beae471495c612d8f8138c41'
                    }
                    'settings-page-secondary-secret': {
                        table: 'sys_properties_category_m2m'
                        id: '491cd41d5ee94bfb8bacfcd56f895d66'
                    }
                    'settings-page-tags-field': {
                        table: 'sys_properties_category_m2m'
                        id: '77978f860c9942e8bb10df808eb4eff7'
                    }
                    'settings-page-timeout-seconds': {
                        table: 'sys_properties_category_m2m'
                        id: 'e786a27d84a24d66ae40285d0ac867e1'
                    }
                    'src_server_ascii-json_ts': {
                        table: 'sys_module'
                        id: '5468008972bc402a994c3fd4d75b1d78'
                    }
                    src_server_backoff_ts: {
                        table: 'sys_module'
                        id: '5bf299de07844ff8aff63896f03e3f6a'
                    }
                    'src_server_bridge-check_ts': {
                        table: 'sys_module'
                        id: '9e4b03f31760403ba59f8a683fc73d14'
                    }
                    src_server_delivery_ts: {
                        table: 'sys_module'
                        id: 'd10c61dd3d124bb18934bcd15470bcd7'
                    }
                    'src_server_glide-claims_ts': {
                        table: 'sys_module'
                        id: '38b571647ffb438799089524bc589f5e'
                    }
                    'src_server_glide-health_ts': {
                        table: 'sys_module'
                        id: 'f5026e0c76da42b09afdc105788f3a73'
                    }
                    'src_server_glide-outbox_ts': {
                        table: 'sys_module'
                        id: '1cd66345685e49679503bde961f19793'
                    }
                    'src_server_glide-platform_ts': {
                        table: 'sys_module'
                        id: '2ae1aae56c634e5786b963e5c32f1f67'
                    }
                    'src_server_glide-query_ts': {
                        table: 'sys_module'
                        id: 'c5d2c7b92db2477093fc5a21c3cec924'
                    }
                    src_server_health_ts: {
                        table: 'sys_module'
                        id: '7711b71c43204da389225c04066ed30c'
                    }
                    src_server_jobs_ts: {
                        table: 'sys_module'
                        id: '34d1a161b86b4aee897a3cc52ecd34c8'
                    }
                    src_server_mac_ts: {
                        table: 'sys_module'
                        id: '21cbd1c925a94485afa9f92e29e1ccf3'
                    }
                    src_server_names_ts: {
                        table: 'sys_module'
                        id: '2b5c3d6230f14dcfbaabff579966302b'
                    }
                    src_server_outcome_ts: {
                        table: 'sys_module'
                        id: 'da0b3b10c67e47d8a6b40cd8d7e4dd0b'
                    }
                    src_server_payload_ts: {
                        table: 'sys_module'
                        id: '31b45b9b5eb84dcb9788e6c57ee3b451'
                    }
                    src_server_rules_ts: {
                        table: 'sys_module'
                        id: 'dcb98f4c00b643c5a6661b4dccee7876'
                    }
                    'src_server_self-test_ts': {
                        table: 'sys_module'
                        id: '94b798faa540457a81edfd7141346ce4'
                    }
                    src_server_settings_ts: {
                        table: 'sys_module'
                        id: '99aecfbfc614411a91d46720da6440e2'
                    }
                    src_server_signature_ts: {
                        table: 'sys_module'
                        id: '633a0526e5c1497394869c4bc570063c'
                    }
                    src_server_time_ts: {
                        table: 'sys_module'
                        id: 'f0e89063c3764dc286dd7b4d7397581f'
                    }
                    'src_server_ui-actions_ts': {
                        table: 'sys_module'
                        id: 'f400e8ecdd4d4f5e98c7121ec0f2a9b5'
                    }
                    'test-claims': {
                        table: 'sys_atf_test'
                        id: '9778b2c0d09d404fa88d2011bcfa9144'
                    }
                    'test-claims-run': {
                        table: 'sys_atf_step'
                        id: '16f385a3d6914e20805449ed01c54513'
                    }
                    'test-column': {
                        table: 'sys_atf_test'
                        id: '0683386b65704f319dc0ac41ff533489'
                    }
                    'test-column-run': {
                        table: 'sys_atf_step'
                        id: '51cbbbdd2526449e8b8f5d3c63aaf3ab'
                    }
                    'test-outbox': {
                        table: 'sys_atf_test'
                        id: 'c94ce7de0f7349baa39b8c71feca454a'
                    }
                    'test-outbox-change': {
                        table: 'sys_atf_step'
                        id: 'cbb45e49a1f44f61bc62773898e0cbb3'
                    }
                    'test-outbox-run': {
                        table: 'sys_atf_step'
                        id: '08f2da8fa78245d98861e1f34cf11bdc'
                    }
                    'test-protection': {
                        table: 'sys_atf_test'
                        id: '697d7796c1c2453baef50cf11748cfb8'
                    }
                    'test-protection-insert': {
                        table: 'sys_atf_step'
                        id: '15376099eb3740439dfd5bd092289a3b'
                    }
                    'test-protection-user': {
                        table: 'sys_atf_step'
                        id: '0484cb60d3a4472198a2592a38d1d524'
                    }
                    'test-settings': {
                        table: 'sys_atf_test'
                        id: 'b941d6deb69244819d7f72663e8c0c95'
                    }
                    'test-settings-run': {
                        table: 'sys_atf_step'
                        id: '2d8d08843aa14eae918eee408f515d8d'
                    }
                    'test-signature': {
                        table: 'sys_atf_test'
                        id: 'aef46429c1814c8dbdafcb827c6cf6f7'
                    }
                    'test-signature-run': {
                        table: 'sys_atf_step'
                        id: '7b88ed7e106f48fd8802e9ef301351ae'
                    }
                    'test-suite': {
                        table: 'sys_atf_test_suite'
                        id: '1745df0d7b9f4240b0f07df6ae6d7058'
                    }
                    'test-suite-claims': {
                        table: 'sys_atf_test_suite_test'
                        id: '17a7ec1f5d904c0cb976318e9ffad0c6'
                    }
                    'test-suite-column': {
                        table: 'sys_atf_test_suite_test'
                        id: '1c4e368fd28241a0ad586ac711768f48'
                    }
                    'test-suite-outbox': {
                        table: 'sys_atf_test_suite_test'
                        id: '24cff2423044415a8431dea7a8b80110'
                    }
                    'test-suite-protection': {
                        table: 'sys_atf_test_suite_test'
                        id: '6162a939b4204938a7d79b9c147f43b4'
                    }
                    'test-suite-settings': {
                        table: 'sys_atf_test_suite_test'
                        id: '974e543a2303464c9344e8186ef7861c'
                    }
                    'test-suite-signature': {
                        table: 'sys_atf_test_suite_test'
                        id: 'a11239f71ea741d28201514242558e47'
                    }
                }
                composite: [
                    {
                        table: 'sys_db_object'
                        id: '00a0576a437c4f6385624083f8d7361f'
                        key: {
                            name: 'x_chb_changebridge_health'
                        }
                    },
                    {
                        table: 'sys_user_role_contains'
                        id: '01c59dec31874573b7b66feca9d232d8'
                        key: {
                            role: {
                                id: 'bdcb13c64eb8404db1bdb5fc2f4ec475'
                                key: {
                                    name: 'x_chb_changebridge.integration'
                                }
                            }
                            contains: {
                                id: 'fb236dea2f9e4dbfbc3d98b460edad94'
                                key: {
                                    name: 'sn_change_write'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '01ef31eb8f0a4a8a9a24511756e35d54'
                        key: {
                            document_key: '7b88ed7e106f48fd8802e9ef301351ae'
                            variable: '42f2564b73031300440211d8faf6a777'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '02cae6dbfc1343bcb8c3ec536d229d28'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'http_status'
                        }
                    },
                    {
                        table: 'sys_db_object'
                        id: '03b7dc93d8e944b7a3e9f73846c44ab2'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '054c805cce614f3d9ba1dae21708eecf'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'NULL'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_ui_form'
                        id: '056be80b9c2345a6a0bf4f0fca67b433'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            view: {
                                id: 'Default view'
                                key: {
                                    name: 'NULL'
                                }
                            }
                            sys_domain: 'global'
                        }
                    },
                    {
                        table: 'sys_security_acl_role'
                        id: '05e4e7a30a2146179216c4f44beb7c82'
                        key: {
                            sys_security_acl: 'b47da352733a490f9c88286d8da30178'
                            sys_user_role: {
                                id: 'bdcb13c64eb8404db1bdb5fc2f4ec475'
                                key: {
                                    name: 'x_chb_changebridge.integration'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '07adeefc8b2b4b1a943ddd1e450aa312'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'record_id'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_index'
                        id: '083763711c934094a20da71e9315a3d5'
                        key: {
                            logical_table_name: 'x_chb_changebridge_outbox'
                            col_name_string: 'state,next_attempt'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '0a31bb5161424562b464d642d7c0ca24'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'last_error'
                            position: '17'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '0a5685efa759439c8882a4409e9b1a04'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'give_up_at'
                            position: '14'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '0a5ad71349044c7c9db4c4c165b17021'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'origin'
                            value: 'rule'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_choice_set'
                        id: '0a8a775f62984316a147a14185f96361'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'origin'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '0aa07285c62047e880f1de1cbc94399e'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'NULL'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '0b3b436a6c214624b38de89ab9a714d9'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'status'
                            value: 'warning'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '0f397cb8f2a74a98a88f5996fc261eb2'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'number'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '103dd29d239743eb9343accd984cdd39'
                        key: {
                            document_key: '7b88ed7e106f48fd8802e9ef301351ae'
                            variable: '989d9e235324220002c6435723dc3484'
                        }
                    },
                    {
                        table: 'sys_element_mapping'
                        id: '106f4fe43b184fe8a7a038f891447d63'
                        key: {
                            field: 'script'
                            table: 'var__m_atf_input_variable_41de4a935332120028bc29cac2dc349a'
                            id: '7b88ed7e106f48fd8802e9ef301351ae'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '109c7b0926ce4db0ad1283009405deb9'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'claimed_at'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '139505634fc34bfd85e7b0c4308ae32c'
                        key: {
                            document_key: '15376099eb3740439dfd5bd092289a3b'
                            variable: '90144b535320220002c6435723dc3488'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '1565b66206a04aa9af6875d4de1ee349'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'status'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '15774b261c5c455fb3edae0d47973470'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'name'
                        }
                    },
                    {
                        table: 'sys_security_acl_role'
                        id: '194be3d836bf4709a014bbeb2a53cfe1'
                        key: {
                            sys_security_acl: '5b4fe15e58334addac3beafd3711509c'
                            sys_user_role: {
                                id: 'bdcb13c64eb8404db1bdb5fc2f4ec475'
                                key: {
                                    name: 'x_chb_changebridge.integration'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_element_mapping'
                        id: '1a4ea922c1ce4dbbb1f907364c25d91a'
                        key: {
                            field: 'script'
                            table: 'var__m_atf_input_variable_41de4a935332120028bc29cac2dc349a'
                            id: '08f2da8fa78245d98861e1f34cf11bdc'
                        }
                    },
                    {
                        table: 'sys_ui_action_role'
                        id: '1a732435f1b8412cb9c2a584eb5361c0'
                        key: {
                            sys_ui_action: 'fd4c634c105e4ae1bfff064d9b7c3ac6'
                            sys_user_role: {
                                id: 'a03c80265e67497bb0878eb943d0496a'
                                key: {
                                    name: 'x_chb_changebridge.user'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_ui_action_role'
                        id: '1a9c7f9f2d64458fac277696862ffeb8'
                        key: {
                            sys_ui_action: 'f0faf984417043a880e2a25f7358b406'
                            sys_user_role: {
                                id: 'a03c80265e67497bb0878eb943d0496a'
                                key: {
                                    name: 'x_chb_changebridge.user'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '1b2b95fdb41f499a83c516e10f7aaa93'
                        key: {
                            list_id: {
                                id: 'f596897f539147aeae86f3fe13ede946'
                                key: {
                                    name: 'x_chb_changebridge_health'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'name'
                        }
                    },
                    {
                        table: 'sys_user_role_contains'
                        id: '1c3ef0186a2640f789f0731338ea227e'
                        key: {
                            role: {
                                id: '3b7cc63baa6f431db8b68c2fe0df1518'
                                key: {
                                    name: 'x_chb_changebridge.admin'
                                }
                            }
                            contains: {
                                id: 'a03c80265e67497bb0878eb943d0496a'
                                key: {
                                    name: 'x_chb_changebridge.user'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '1d1886deaf604f0ebd57d2611eba156e'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'change'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '1e3b57f200784b889fa1ad977b221dd7'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'attempts'
                            position: '10'
                        }
                    },
                    {
                        table: 'sys_security_acl_role'
                        id: '1e57c0ee9ef64d19abad37d87bf09391'
                        key: {
                            sys_security_acl: 'eec1c6a73e514311ba6851246b367291'
                            sys_user_role: {
                                id: '3b7cc63baa6f431db8b68c2fe0df1518'
                                key: {
                                    name: 'x_chb_changebridge.admin'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '1ee267150fe44e7199eabd5afa4b9d32'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'event'
                            position: '4'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '1f53b9dda3634a47b217d090d75596f1'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                            value: 'delivering'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '2102c581a5f842328efef2ae6118819b'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'give_up_at'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '222d59ab6e1b42899910313d619e499c'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'state'
                            position: '9'
                        }
                    },
                    {
                        table: 'sys_choice_set'
                        id: '22642df6741e46a392e3489a0ba98d24'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '22a1a79ca3bb41c08a4f9a067c0773fd'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'next_attempt'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '295d5d297d9842b0912454b08469b76e'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'payload'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_security_acl_role'
                        id: '29e858bfb18c438a8ae79cda93623c94'
                        key: {
                            sys_security_acl: '8b5091642e114499b19fe729ba5e5129'
                            sys_user_role: {
                                id: '3b7cc63baa6f431db8b68c2fe0df1518'
                                key: {
                                    name: 'x_chb_changebridge.admin'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '2ae956a1467c4362ba9de4d404dc61d5'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'position'
                        }
                    },
                    {
                        table: 'ua_table_licensing_config'
                        id: '2d7fd61078f9450097b7e8668ef528c7'
                        key: {
                            name: 'x_chb_changebridge_health'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '2fe5d81df54d48f0a085324e5c24cbb1'
                        key: {
                            document_key: '0484cb60d3a4472198a2592a38d1d524'
                            variable: 'ff06ab840f20101091d0f00c97767e6d'
                        }
                    },
                    {
                        table: 'sys_db_object'
                        id: '3070bdfdd1cb44f19217b32f49ab50a0'
                        key: {
                            name: 'x_chb_changebridge_claim'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '3110147e4fe2407a8d2197c6507adfd3'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '32017f23e9614e2782cee570c39df213'
                        key: {
                            document_key: '15376099eb3740439dfd5bd092289a3b'
                            variable: 'e6e3c7535320220002c6435723dc3496'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '3232cdee72944dcb9b7b64c111b8bfd8'
                        key: {
                            document_key: 'cbb45e49a1f44f61bc62773898e0cbb3'
                            variable: 'dd54cf535320220002c6435723dc34fd'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '32ffc9e60f4048a59002661f66f334ad'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'attempts'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_ui_list'
                        id: '33adcc5a9ac14fb6b7949c36d85382a5'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            view: {
                                id: 'Default view'
                                key: {
                                    name: 'NULL'
                                }
                            }
                            sys_domain: 'global'
                            element: 'NULL'
                            relationship: 'NULL'
                            parent: 'change_request'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '35c9453ed5e541749df84f6234336576'
                        key: {
                            list_id: {
                                id: '516b8478418348e7b86449fb73112b76'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'next_attempt'
                        }
                    },
                    {
                        table: 'sys_security_acl_role'
                        id: '383b77c69487475688c6aeef06389c9a'
                        key: {
                            sys_security_acl: 'b47da352733a490f9c88286d8da30178'
                            sys_user_role: {
                                id: 'a03c80265e67497bb0878eb943d0496a'
                                key: {
                                    name: 'x_chb_changebridge.user'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_user_role'
                        id: '3b7cc63baa6f431db8b68c2fe0df1518'
                        key: {
                            name: 'x_chb_changebridge.admin'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '3b7eb050fd5a46b997d8e6467b674d58'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                            value: 'pending'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '3b948a469b744a379a62de28ce434710'
                        key: {
                            list_id: {
                                id: '516b8478418348e7b86449fb73112b76'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'occurred_at'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '3eacd762b22a4fbc9b5efcc5f1393ac6'
                        key: {
                            document_key: '0484cb60d3a4472198a2592a38d1d524'
                            variable: '6f69fc4aff6433008d3f5d9ad53bf18c'
                        }
                    },
                    {
                        table: 'sys_user_role_contains'
                        id: '3f0e9751594b484a8960b4b50055a31d'
                        key: {
                            role: {
                                id: 'c6bd91233d084e0caaa95de89420006b'
                                key: {
                                    name: 'x_chb_changebridge.integration_approver'
                                }
                            }
                            contains: {
                                id: 'bdcb13c64eb8404db1bdb5fc2f4ec475'
                                key: {
                                    name: 'x_chb_changebridge.integration'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '40aee8029c22453dad1c7b4eb3ac056d'
                        key: {
                            list_id: {
                                id: 'f596897f539147aeae86f3fe13ede946'
                                key: {
                                    name: 'x_chb_changebridge_health'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'detail'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '432b61ccb4bb4847aaa496ada7473054'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'NULL'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '4362b8d53d1845b4a7476c8b8914a9d7'
                        key: {
                            list_id: {
                                id: '33adcc5a9ac14fb6b7949c36d85382a5'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'change_request'
                                }
                            }
                            element: 'state'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '439436eb85824614a78526c592e4d3e7'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'record_id'
                            position: '3'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '448412dfa5024b7ba670f9383c5d1d7f'
                        key: {
                            list_id: {
                                id: '33adcc5a9ac14fb6b7949c36d85382a5'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'change_request'
                                }
                            }
                            element: 'occurred_at'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '449d2b2f682b467fa877d2b6e9ef6318'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'clock_skew'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '44cf7bd1a4714cd59898f9fabbf0838a'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'payload'
                            position: '19'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '460c3a34a5954917b94a83c359002482'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'key'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '465d3d5b738941e4afee78461a163c88'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'clock_skew'
                            position: '18'
                        }
                    },
                    {
                        table: 'sys_security_acl_role'
                        id: '46e7906d64b742ed936a0a1f3fc806fe'
                        key: {
                            sys_security_acl: 'bb3ec898f907406681f7d000912e321e'
                            sys_user_role: {
                                id: '3b7cc63baa6f431db8b68c2fe0df1518'
                                key: {
                                    name: 'x_chb_changebridge.admin'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '4896efbf57ed4ade93aea2a9f023b887'
                        key: {
                            list_id: {
                                id: 'f596897f539147aeae86f3fe13ede946'
                                key: {
                                    name: 'x_chb_changebridge_health'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'position'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '48e19f437d0e42d59eca6bb99fed7a80'
                        key: {
                            list_id: {
                                id: '516b8478418348e7b86449fb73112b76'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'event'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '496320dc4b094de79892a0d2d96ae7d9'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'origin'
                            value: 'resend'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '4a5a466e20784f3fa97d1df24be3de0b'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'NULL'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '4fd45f5d7c564b37ab428a99694b767e'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: '.begin_split'
                            position: '0'
                        }
                    },
                    {
                        table: 'sys_ui_list'
                        id: '516b8478418348e7b86449fb73112b76'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            view: {
                                id: 'Default view'
                                key: {
                                    name: 'NULL'
                                }
                            }
                            sys_domain: 'global'
                            element: 'NULL'
                            relationship: 'NULL'
                            parent: 'NULL'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '523b797ac84c4f4dbe9a7a225e8e48e1'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'last_attempt'
                            position: '12'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '527db53da3c84c41b85dab9035ed8162'
                        key: {
                            list_id: {
                                id: 'f596897f539147aeae86f3fe13ede946'
                                key: {
                                    name: 'x_chb_changebridge_health'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'status'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '53b6cbe2a9e74fe9980195ccec597a70'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'clock_skew'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '5645c6dc6be14150b5aac591c0d4e84b'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                            value: 'change.updated'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_ui_form_section'
                        id: '58ba6e566f6d47879aff9ab16bac7541'
                        key: {
                            sys_ui_form: {
                                id: '056be80b9c2345a6a0bf4f0fca67b433'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '58c58c4b3fc24d1d9512465971a9def3'
                        key: {
                            sys_ui_section: {
                                id: '828e102898ae4bb6ac34000098e895ab'
                                key: {
                                    name: 'x_chb_changebridge_health'
                                    caption: 'Check'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'checked_at'
                            position: '3'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '5bc210e54fe84845a5870e98a0f8b074'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'next_attempt'
                            position: '13'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '5e78708d311e49438549eccce7cc4140'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'record_id'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '5e94a3018cd340839dc1e1acdc0bbaf1'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '5ee3599b42524f2e9b51283844259c36'
                        key: {
                            document_key: '2d8d08843aa14eae918eee408f515d8d'
                            variable: '989d9e235324220002c6435723dc3484'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '61c01035430e494a86097879d9cdc7a8'
                        key: {
                            list_id: {
                                id: '33adcc5a9ac14fb6b7949c36d85382a5'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'change_request'
                                }
                            }
                            element: 'last_error'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '629f427b27f14176bd4b4ac1ea15bdf5'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'last_attempt'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '63c52d62787045e380950863b334e5f7'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'delivered_at'
                            position: '15'
                        }
                    },
                    {
                        table: 'sys_user_role_contains'
                        id: '650832620bb54b97b8ada802fd2df7a2'
                        key: {
                            role: {
                                id: 'c6bd91233d084e0caaa95de89420006b'
                                key: {
                                    name: 'x_chb_changebridge.integration_approver'
                                }
                            }
                            contains: {
                                id: '537baa74d7fd44a2a72a9af6daa45856'
                                key: {
                                    name: 'approval_admin'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '6a4b90b267824039ac0afa1138b88ef9'
                        key: {
                            document_key: 'cbb45e49a1f44f61bc62773898e0cbb3'
                            variable: '90144b535320220002c6435723dc3488'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '6acbd9939ecc43fb91a449ced1910654'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: '.end_split'
                            position: '16'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '6ba3835a7a43411c9531e2d16bc86091'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'detail'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '6bb6eb20f34646689b08d620381094e6'
                        key: {
                            document_key: 'cbb45e49a1f44f61bc62773898e0cbb3'
                            variable: 'e6e3c7535320220002c6435723dc3496'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '6c21fbe337304f21a97f2286b69cccf2'
                        key: {
                            document_key: '0484cb60d3a4472198a2592a38d1d524'
                            variable: '1778a7480f20101091d0f00c97767e03'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '6f08c514ec0844d1b21df4432f521a1a'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                            value: 'delivered'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '6fcd70f6b19c4176b2b569a59d8a0091'
                        key: {
                            list_id: {
                                id: '33adcc5a9ac14fb6b7949c36d85382a5'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'change_request'
                                }
                            }
                            element: 'event'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '70b3d5d560df4689b35f1390dd3820b3'
                        key: {
                            document_key: 'cbb45e49a1f44f61bc62773898e0cbb3'
                            variable: '9024a37f671003007ba405225685efe5'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '7189ce5bef3a4ea4a874cf9247a50dbf'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'number'
                            position: '1'
                        }
                    },
                    {
                        table: 'ua_table_licensing_config'
                        id: '73c4d64096d143eb8c93af8c0db0950c'
                        key: {
                            name: 'x_chb_changebridge_claim'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '74b76f77fc0644edb820e34b98b00d02'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'last_error'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '75cbdc8709694441b861f5f461e2993f'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'record_id'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '75dbb9b4ac224025b312f50051fbadd9'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'number'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '76192e5d4bdf4119bb5dbf0bbf578de9'
                        key: {
                            document_key: '0484cb60d3a4472198a2592a38d1d524'
                            variable: 'b27b2b29ff6033008d3f5d9ad53bf164'
                        }
                    },
                    {
                        table: 'sys_index'
                        id: '76592c74587c4903870cb4f018104301'
                        key: {
                            logical_table_name: 'x_chb_changebridge_outbox'
                            col_name_string: 'state,delivered_at'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '7872fc680e9444d6b461abb001e4afea'
                        key: {
                            list_id: {
                                id: '33adcc5a9ac14fb6b7949c36d85382a5'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'change_request'
                                }
                            }
                            element: 'next_attempt'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '7946c184370842b789c9c5e2607cbbd4'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'http_status'
                            position: '11'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '7a3065bfefeb44cfb7070b99a2c70d80'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'last_error'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: '7a52ee24fc5640e4898c2719d1226450'
                        key: {
                            list_id: {
                                id: '516b8478418348e7b86449fb73112b76'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'attempts'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: '7baf06cea1324b4cadcab9182d038642'
                        key: {
                            document_key: '08f2da8fa78245d98861e1f34cf11bdc'
                            variable: '989d9e235324220002c6435723dc3484'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '7caf58602c63429a91b10bf2d7b3605d'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'attempts'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '7d9045835a3746f4846426f455743c3a'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'mod_count'
                            position: '6'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '7ddee447b49d4ce29155b0b7bd5b4e25'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'name'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_index'
                        id: '7f3e310605dc4c4996e28e7bf1e88bfb'
                        key: {
                            logical_table_name: 'x_chb_changebridge_outbox'
                            col_name_string: 'record_id,state,mod_count'
                        }
                    },
                    {
                        table: 'sys_ui_form_section'
                        id: '816a6c19519a423e9f057d34b9518560'
                        key: {
                            sys_ui_form: {
                                id: 'da6c89c7ec7f46ccb6c913d3c69e3912'
                                key: {
                                    name: 'x_chb_changebridge_health'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            sys_ui_section: {
                                id: '828e102898ae4bb6ac34000098e895ab'
                                key: {
                                    name: 'x_chb_changebridge_health'
                                    caption: 'Check'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_ui_section'
                        id: '828e102898ae4bb6ac34000098e895ab'
                        key: {
                            name: 'x_chb_changebridge_health'
                            caption: 'Check'
                            view: {
                                id: 'Default view'
                                key: {
                                    name: 'NULL'
                                }
                            }
                            sys_domain: 'global'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '83d2071aebe840daa0e9bb818185efd2'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'origin'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '88db930bc976480eba502fb23e5fd807'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'mod_count'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '894af42f8432473cb40de2e406795577'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                            value: 'change.created'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '89929b281ac74f3ea7cbdc4534c1f0e5'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'payload'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '8a1bfedf502e4b389cfd2beebadb99cd'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'give_up_at'
                            language: 'en'
                        }
                    },
                    {
                        table: 'ua_table_licensing_config'
                        id: '8ae4f9186a3b4a4e92f15e331581013a'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '8b9fe78cdf994e2cb0bfd84ff9a53933'
                        key: {
                            sys_ui_section: {
                                id: '828e102898ae4bb6ac34000098e895ab'
                                key: {
                                    name: 'x_chb_changebridge_health'
                                    caption: 'Check'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'status'
                            position: '1'
                        }
                    },
                    {
                        table: 'sys_ui_action_role'
                        id: '8d693ef8502c43f5a0bb285017d94c3c'
                        key: {
                            sys_ui_action: 'ac96b512664849c1ac57b1248ee39244'
                            sys_user_role: {
                                id: '3b7cc63baa6f431db8b68c2fe0df1518'
                                key: {
                                    name: 'x_chb_changebridge.admin'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '92a407cc472f40bb9220e44efbe63ea7'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'change'
                        }
                    },
                    {
                        table: 'sys_security_acl_role'
                        id: '95869830d6da4a9aba85bd4dca45b28b'
                        key: {
                            sys_security_acl: 'fd395946556d46e2a98aa07472b6e0e5'
                            sys_user_role: {
                                id: 'a03c80265e67497bb0878eb943d0496a'
                                key: {
                                    name: 'x_chb_changebridge.user'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '96cd036c6aa4455d9b0aceda29e2de9d'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '98a1ce0f7d6d42bf84fb15275ec8c453'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                            value: 'dead'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: '99cc27bd59b0403d916290fd43769de3'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'origin'
                            position: '5'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '9acb6195496546ca8511f7f879811846'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'origin'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_user_role'
                        id: 'a03c80265e67497bb0878eb943d0496a'
                        key: {
                            name: 'x_chb_changebridge.user'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'a15336b8670b466d883db2bc7f22ab66'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'claimed_at'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: 'a2590777086d43fa91481c7d0c383c28'
                        key: {
                            document_key: '2d8d08843aa14eae918eee408f515d8d'
                            variable: '42f2564b73031300440211d8faf6a777'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: 'a302af82e97c4dacb81c522f01b57e1f'
                        key: {
                            document_key: '16f385a3d6914e20805449ed01c54513'
                            variable: '42f2564b73031300440211d8faf6a777'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: 'a53c0ca4d90d4a31b7be1505fd61febd'
                        key: {
                            list_id: {
                                id: 'f596897f539147aeae86f3fe13ede946'
                                key: {
                                    name: 'x_chb_changebridge_health'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'checked_at'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: 'a6462c48316c425dacc8d4aaa60dacac'
                        key: {
                            list_id: {
                                id: '516b8478418348e7b86449fb73112b76'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'http_status'
                        }
                    },
                    {
                        table: 'sys_element_mapping'
                        id: 'a787774480144038a7615e2bf3d13006'
                        key: {
                            field: 'script'
                            table: 'var__m_atf_input_variable_41de4a935332120028bc29cac2dc349a'
                            id: '51cbbbdd2526449e8b8f5d3c63aaf3ab'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: 'a8545f4d128f4c7fbc6c04ff12c5d427'
                        key: {
                            document_key: '08f2da8fa78245d98861e1f34cf11bdc'
                            variable: '42f2564b73031300440211d8faf6a777'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'a8def3883dcd4cf5b89bcdaf29e4c82b'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'http_status'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'abe74044898b405a88cec8b74ce822e5'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'delivered_at'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: 'aea3ed5732984cd3ae9d8d219eaff847'
                        key: {
                            document_key: '16f385a3d6914e20805449ed01c54513'
                            variable: '989d9e235324220002c6435723dc3484'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: 'af0cbcced91741119249dd8becaafd7a'
                        key: {
                            list_id: {
                                id: '33adcc5a9ac14fb6b7949c36d85382a5'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'change_request'
                                }
                            }
                            element: 'http_status'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'af5187642db943379c6ded259fa9834d'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'NULL'
                        }
                    },
                    {
                        table: 'sys_ui_action_role'
                        id: 'b005efd36f834d0698e63cf3d89a39de'
                        key: {
                            sys_ui_action: 'f9ef4dc25f0b4039a03eb95044a5df66'
                            sys_user_role: {
                                id: 'a03c80265e67497bb0878eb943d0496a'
                                key: {
                                    name: 'x_chb_changebridge.user'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_element_mapping'
                        id: 'b152ae997b274e0aad12b11229b93902'
                        key: {
                            field: 'script'
                            table: 'var__m_atf_input_variable_41de4a935332120028bc29cac2dc349a'
                            id: '16f385a3d6914e20805449ed01c54513'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: 'b17fd46ff9e14cb79a207d21c27ffffd'
                        key: {
                            list_id: {
                                id: '516b8478418348e7b86449fb73112b76'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'state'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'b348f894250a4fe6a528510972abbbf0'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'mod_count'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: 'b4ada565ada2401db3f2511d2343d606'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'change'
                            position: '2'
                        }
                    },
                    {
                        table: 'sys_security_acl_role'
                        id: 'b680a5ae49714656adaab19527b6691b'
                        key: {
                            sys_security_acl: '8cdf2864be6b4873b280bad0db1032cd'
                            sys_user_role: {
                                id: '3b7cc63baa6f431db8b68c2fe0df1518'
                                key: {
                                    name: 'x_chb_changebridge.admin'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_ui_section'
                        id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            caption: 'Delivery'
                            view: {
                                id: 'Default view'
                                key: {
                                    name: 'NULL'
                                }
                            }
                            sys_domain: 'global'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: 'b80b33e4df3e4a9db88321876b061982'
                        key: {
                            document_key: '0484cb60d3a4472198a2592a38d1d524'
                            variable: '98c44875ffa033008d3f5d9ad53bf1fa'
                        }
                    },
                    {
                        table: 'sys_security_acl_role'
                        id: 'b9cad8e7752240d68fb318da73921209'
                        key: {
                            sys_security_acl: '5b4fe15e58334addac3beafd3711509c'
                            sys_user_role: {
                                id: '3b7cc63baa6f431db8b68c2fe0df1518'
                                key: {
                                    name: 'x_chb_changebridge.admin'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: 'bb8ffd8101784508b8f2336f0e2c7b0f'
                        key: {
                            document_key: '51cbbbdd2526449e8b8f5d3c63aaf3ab'
                            variable: '989d9e235324220002c6435723dc3484'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: 'bc2a992b355041eeab6a3f6ad093b7ab'
                        key: {
                            list_id: {
                                id: '516b8478418348e7b86449fb73112b76'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'number'
                        }
                    },
                    {
                        table: 'sys_user_role'
                        id: 'bdcb13c64eb8404db1bdb5fc2f4ec475'
                        key: {
                            name: 'x_chb_changebridge.integration'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'bfee35480cc0428a8ec8d65046a53355'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'occurred_at'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: 'c04c15877e40480b9aecf45286aefd6c'
                        key: {
                            document_key: '15376099eb3740439dfd5bd092289a3b'
                            variable: 'dd54cf535320220002c6435723dc34fd'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: 'c0f7645ca13d429b83e49d134d7a64f6'
                        key: {
                            document_key: '15376099eb3740439dfd5bd092289a3b'
                            variable: '9024a37f671003007ba405225685efe5'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'c2e1fba0a5484965a6a866db56804712'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'key'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'c4520f355b2a47198c4b0467f27f9aa9'
                        key: {
                            name: 'change_request'
                            element: 'u_external_tags'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'c5ad1503efc24d28891446e8bb4be7da'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'NULL'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: 'c5bf0065da4549d3b227aefa1b5c8fd4'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'status'
                            value: 'ok'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_user_role'
                        id: 'c6bd91233d084e0caaa95de89420006b'
                        key: {
                            name: 'x_chb_changebridge.integration_approver'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: 'c71b9f5dedeb49cfb29dbefb3ce8947e'
                        key: {
                            document_key: '0484cb60d3a4472198a2592a38d1d524'
                            variable: '8c07aba5ff6033008d3f5d9ad53bf13b'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'c74a12d2dc6a461c996b509739568bd8'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'token'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'c765253a02804550b40d787112e5b735'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'occurred_at'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'c84815a8bc2d43e6b0ebfe461fda1a56'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'status'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'ccc28f1569454a68bf1da628b22bfc3c'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'record_id'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: 'cffdce394edb4e32ab7b42d6bf29ffe8'
                        key: {
                            list_id: {
                                id: '33adcc5a9ac14fb6b7949c36d85382a5'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'change_request'
                                }
                            }
                            element: 'attempts'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'd5149aa4fb2a468590292e0e0805dc61'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'delivered_at'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_element_mapping'
                        id: 'd64f7c4083f34427b1eabbf5ba2e95dc'
                        key: {
                            field: 'script'
                            table: 'var__m_atf_input_variable_41de4a935332120028bc29cac2dc349a'
                            id: '2d8d08843aa14eae918eee408f515d8d'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: 'd6b9afdb11a74f7793aa5ea9ab2aa5a6'
                        key: {
                            document_key: '0484cb60d3a4472198a2592a38d1d524'
                            variable: '1985e0ceff2433008d3f5d9ad53bf1ba'
                        }
                    },
                    {
                        table: 'sys_ui_form'
                        id: 'da6c89c7ec7f46ccb6c913d3c69e3912'
                        key: {
                            name: 'x_chb_changebridge_health'
                            view: {
                                id: 'Default view'
                                key: {
                                    name: 'NULL'
                                }
                            }
                            sys_domain: 'global'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'dacda35edadb4917a290d863529c916c'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'detail'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'dd64b78932da4cd1b28391addddce5f2'
                        key: {
                            name: 'change_request'
                            element: 'u_external_tags'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'e1e2cea6493c48aa9c73a3f54942e9a0'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: 'e2baa912543c44828bc031a96d3a12da'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'status'
                            value: 'failed'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_variable_value'
                        id: 'e3ebacc90f6f4e7688b4605670d2749a'
                        key: {
                            document_key: '51cbbbdd2526449e8b8f5d3c63aaf3ab'
                            variable: '42f2564b73031300440211d8faf6a777'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'e46f650fe4534590a3564eb791a63f67'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'next_attempt'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: 'e7c729d6cc014b078db877362004f668'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                            value: 'change.deleted'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_choice_set'
                        id: 'edee70d5442143aa9c57a30f39884c29'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'status'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'f02bd2c0cd574e199a2746f95cd8b2d1'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'checked_at'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: 'f1243bcaed284deeb1bd24a28e889dc6'
                        key: {
                            list_id: {
                                id: '516b8478418348e7b86449fb73112b76'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'delivered_at'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'f1cfe8b67b624880bba09f0b5b7841f6'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'position'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: 'f4674c6cb438416bb194f42c0946b72a'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: '.split'
                            position: '8'
                        }
                    },
                    {
                        table: 'sys_choice_set'
                        id: 'f46b3eb2cca34f4c98578ddf2c201695'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                        }
                    },
                    {
                        table: 'sys_security_acl_role'
                        id: 'f4870b99ed614e4893c5b256d37e0024'
                        key: {
                            sys_security_acl: '8cdf2864be6b4873b280bad0db1032cd'
                            sys_user_role: {
                                id: 'bdcb13c64eb8404db1bdb5fc2f4ec475'
                                key: {
                                    name: 'x_chb_changebridge.integration'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_ui_list'
                        id: 'f596897f539147aeae86f3fe13ede946'
                        key: {
                            name: 'x_chb_changebridge_health'
                            view: {
                                id: 'Default view'
                                key: {
                                    name: 'NULL'
                                }
                            }
                            sys_domain: 'global'
                            element: 'NULL'
                            relationship: 'NULL'
                            parent: 'NULL'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: 'f74a6e47fe8146b5a70a88771450a5bf'
                        key: {
                            sys_ui_section: {
                                id: '828e102898ae4bb6ac34000098e895ab'
                                key: {
                                    name: 'x_chb_changebridge_health'
                                    caption: 'Check'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'name'
                            position: '0'
                        }
                    },
                    {
                        table: 'sys_ui_list_element'
                        id: 'f8d6ff209d0846a1b1f3566b5e5735cb'
                        key: {
                            list_id: {
                                id: '516b8478418348e7b86449fb73112b76'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                    element: 'NULL'
                                    relationship: 'NULL'
                                    parent: 'NULL'
                                }
                            }
                            element: 'last_error'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: 'f8d85f4da6464e9fa9ac17b4c98522af'
                        key: {
                            sys_ui_section: {
                                id: '828e102898ae4bb6ac34000098e895ab'
                                key: {
                                    name: 'x_chb_changebridge_health'
                                    caption: 'Check'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'detail'
                            position: '2'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'fa003a7ad7f545748a3013efb5016225'
                        key: {
                            name: 'x_chb_changebridge_health'
                            element: 'checked_at'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_ui_action_role'
                        id: 'fa03301b7a8f4ee981bee3acc9950295'
                        key: {
                            sys_ui_action: 'c2396a131f49405eb01b2590cca8a414'
                            sys_user_role: {
                                id: '3b7cc63baa6f431db8b68c2fe0df1518'
                                key: {
                                    name: 'x_chb_changebridge.admin'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'fa1aeed1b60447758c2f912bbefa3175'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'last_attempt'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_ui_element'
                        id: 'fe196d99461e479386a3403697833b98'
                        key: {
                            sys_ui_section: {
                                id: 'b6d1c91e8c7d4865a89d235f95d6f48e'
                                key: {
                                    name: 'x_chb_changebridge_outbox'
                                    caption: 'Delivery'
                                    view: {
                                        id: 'Default view'
                                        key: {
                                            name: 'NULL'
                                        }
                                    }
                                    sys_domain: 'global'
                                }
                            }
                            element: 'occurred_at'
                            position: '7'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'ff81edaa21934c36801c29b7a5e52896'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'token'
                            language: 'en'
                        }
                    },
                ]
            }
        }
    }
}
